// `accounts`: lists, renames and deletes accounts.
import type { Command } from 'commander';
import type { AccountContents } from '../../store/store.ts';
import { countOf } from '../../text/count-of.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { accountNameViolation } from '../../text/name-rule.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { CREATE_HINT, findAccount, withStore } from '../with-store.ts';

const JSON_OPTION = ['--json', 'print one JSON object'] as const;

export function addAccountsCommand(program: Command, context: CliContext): void {
  const accounts = program.command('accounts').description('list, rename and delete accounts');
  addList(accounts, context);
  addRename(accounts, context);
  addDelete(accounts, context);
}

function addList(accounts: Command, { environment, stdout, stderr }: CliContext): void {
  accounts
    .command('list')
    .description('list accounts with their IDs, and the numbers of their customers, organizations and keys')
    .option('--json', 'print one JSON object a line')
    .action(async ({ json }: { json?: true }) => {
      await withStore({ environment, stderr }, async (store) => {
        const all = await store.listAccounts();
        if (all.length === 0 && !json) stderr.write(`There are no accounts.${CREATE_HINT}\n`);
        for (const { id, name } of all) {
          const contents = await store.countContents(id);
          const text = `${escapeInvisible(name)} (${id}): ${describeContents(contents)}\n`;
          stdout.write(json ? jsonLine({ id, name, ...contents }) : text);
        }
      });
    });
}

function addRename(accounts: Command, { environment, stdout, stderr }: CliContext): void {
  accounts
    .command('rename')
    .description('rename an account; its keys and organizations stay as they are')
    .argument('<name>', 'its name')
    .argument('<new-name>', 'its new name')
    .option(...JSON_OPTION)
    .action(async (name: string, newName: string, { json }: { json?: true }, command: Command) => {
      const violation = accountNameViolation(newName);
      if (violation !== undefined) command.error(`error: ${violation}`);
      await withStore({ environment, stderr }, async (store) => {
        const account = await findAccount(store, name);
        if (name === newName) {
          stderr.write(`The account has the name ${quoteWhole(name)} already.\n`);
          if (json) stdout.write(jsonLine({ renamed: name, name, changed: false }));
          return;
        }
        const outcome = await store.renameAccount(account, newName);
        // The account was deleted after it had been found.
        if (outcome === 'unknown') throw new CommandError(`There is no account ${quoteWhole(name)} any more.`);
        if (outcome === 'nameTaken')
          throw new CommandError(`There is an account ${quoteWhole(newName)} already. Nothing was changed.`);
        const text = `Renamed ${quoteWhole(name)} to ${quoteWhole(newName)}.\n`;
        stdout.write(json ? jsonLine({ renamed: name, name: newName, changed: true }) : text);
      });
    });
}

function addDelete(accounts: Command, { environment, stdout, stderr }: CliContext): void {
  accounts
    .command('delete')
    .description('delete an account with its keys; running servers reject them within 5 seconds')
    .argument('<name>', 'its name')
    .option('--with-data', 'delete its customers and organizations as well')
    .option(...JSON_OPTION)
    .action(async (name: string, { withData = false, json }: { withData?: boolean; json?: true }) => {
      await withStore({ environment, stderr }, async (store) => {
        const onWait = (reason: string) => stderr.write(`${escapeInvisible(reason)}\n`);
        const { kind, contents } = await store.deleteAccount(await findAccount(store, name), { withData, onWait });
        if (kind === 'unknown') throw new CommandError(`There is no account ${quoteWhole(name)} any more.`);
        if (kind === 'notEmpty')
          throw new CommandError(
            `The account ${quoteWhole(name)} was not deleted: it has ${describeContents(contents)}. ` +
              '--with-data deletes them as well.',
          );
        const text = `Deleted the account ${quoteWhole(name)}: ${describeContents(contents)}.\n`;
        stdout.write(json ? jsonLine({ deleted: name, ...contents }) : text);
      });
    });
}

function describeContents({ customers, organizations, keys }: AccountContents): string {
  return [countOf(customers, 'customer'), countOf(organizations, 'organization'), countOf(keys, 'key')].join(', ');
}
