// `customers list`, `customers get` and `customers delete`.
import type { Command } from 'commander';
import type { Customer } from '../../store/records.ts';
import type { CustomerDeletion } from '../../store/store.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { accountOption, addForOne, requireAccount } from '../options.ts';
import { printLines } from '../print-lines.ts';
import { findAccount, withStore } from '../with-store.ts';

interface Options {
  account?: string;
  json?: true;
}

export function addCustomerRepair(customers: Command, { environment, stdout, stderr }: CliContext): void {
  customers
    .command('list')
    .description('print the customers of an account, sorted by ID')
    .addOption(accountOption('the account that owns them'))
    .option('--json', 'print one JSON object a line')
    .action(async (options: Options, command: Command) => {
      const name = requireAccount(options, command);
      await withStore({ environment, stderr }, async (store) => {
        const account = await findAccount(store, name);
        const lines = format(store.listCustomers(account), options);
        await printLines(lines, stdout);
      });
    });
  const owner = 'the account that owns it';
  addForOne(customers, 'get', 'print a customer', owner).action(
    async (id: string, options: Options, command: Command) => {
      const name = requireAccount(options, command);
      await withStore({ environment, stderr }, async (store) => {
        const customer = await store.findCustomer(await findAccount(store, name), id);
        if (!customer) throw unknownCustomer(id, name);
        stdout.write(toLine(customer, options));
      });
    },
  );
  addForOne(customers, 'delete', 'delete a customer that belongs to no organization', owner).action(
    async (id: string, options: Options, command: Command) => {
      const name = requireAccount(options, command);
      await withStore({ environment, stderr }, async (store) => {
        const outcome = await store.deleteCustomer(await findAccount(store, name), id);
        if (outcome.kind === 'unknown') throw unknownCustomer(id, name);
        if (outcome.kind === 'inUse') throw new CommandError(describeUse(id, outcome));
        const shown = { deleted: id, account: name };
        stdout.write(options.json ? jsonLine(shown) : `Deleted the customer ${id}.\n`);
      });
    },
  );
}

function unknownCustomer(id: string, account: string): CommandError {
  return new CommandError(`The account ${quoteWhole(account)} has no customer ${id}.`);
}

function describeUse(id: string, { count, organizations }: Extract<CustomerDeletion, { kind: 'inUse' }>): string {
  const more = count > organizations.length ? ` and ${(count - organizations.length).toLocaleString('en')} more` : '';
  return (
    `The customer ${id} was not deleted: it belongs to ${organizations.join(', ')}${more}. ` +
    'Delete these organizations first.'
  );
}

async function* format(customers: AsyncIterable<Customer>, options: Options): AsyncIterable<string> {
  for await (const customer of customers) yield toLine(customer, options);
}

function toLine({ id, name }: Customer, { json }: Options): string {
  return json ? jsonLine({ id, name }) : `${id}  ${escapeInvisible(name)}\n`;
}
