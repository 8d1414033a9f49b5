// `organizations`: prints the organizations of an account as JSON Lines or CSV.
import { type Command, Option } from 'commander';
import { guardFormulas } from '../../import/formula-guard.ts';
import type { StoredOrganization } from '../../store/records.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { accountOption, parseDate, requireAccount } from '../options.ts';
import { printLines, quoteCell } from '../print-lines.ts';
import { findAccount, withStore } from '../with-store.ts';
import { addOrganizationRepair } from './organizations-repair.ts';

interface ExportOptions {
  account?: string;
  since?: Date;
  format: keyof typeof FORMATS;
  raw?: boolean;
}

export function addOrganizationsCommand(program: Command, context: CliContext): void {
  const { environment, stdout, stderr } = context;
  const organizations = program.command('organizations').description('export, get and delete organizations');
  addOrganizationRepair(organizations, context);
  organizations
    .command('export')
    .alias('list')
    .description('print the organizations of an account, oldest first')
    .addOption(accountOption('the account that owns the organizations'))
    .option('--since <date>', 'only those created since then: 2026-11-23 (UTC) or 2026-11-23T15:04:05Z', parseDate)
    .addOption(
      new Option('--format <format>', 'jsonl: a line for each organization; csv: a line for each of its customers')
        .choices(Object.keys(FORMATS))
        .default('jsonl'),
    )
    .option('--raw', 'csv: no apostrophe before names that a spreadsheet would run as formulas')
    .addOption(new Option('--json', 'the same as --format jsonl').conflicts('format'))
    .action(async ({ since, format, raw = false, ...options }: ExportOptions, command: Command) => {
      const name = requireAccount(options, command);
      if (raw && format !== 'csv')
        command.error('error: --raw is for --format csv only; names in JSON Lines are never changed');
      await withStore({ environment, stderr }, async (store) => {
        const account = await findAccount(store, name);
        await printLines(FORMATS[format](store.listOrganizations(account, since), { raw }), stdout);
      });
    });
}

const FORMATS = { jsonl: toJsonLines, csv: toCsv };

async function* toJsonLines(organizations: AsyncIterable<StoredOrganization>): AsyncIterable<string> {
  for await (const { id, createdAt, owner, members, origin } of organizations) {
    const { clientId = null, requestId = null, apiVersion = null } = origin ?? {};
    const shown = { id, createdAt, owner, members, clientId, requestId, apiVersion };
    yield jsonLine(shown);
  }
}

/** Yields a line for the owner, and then one for each member in order, so that no cell holds a list. */
async function* toCsv(
  organizations: AsyncIterable<StoredOrganization>,
  { raw }: { raw: boolean },
): AsyncIterable<string> {
  const cell = raw ? quoteCell : (text: string) => quoteCell(guardFormulas(text));
  yield 'organizationId,createdAt,role,customerId,customerName,clientId,requestId,apiVersion\n';
  for await (const { id, createdAt, owner, members, origin } of organizations) {
    const made = [origin?.clientId ?? '', origin?.requestId ?? '', origin?.apiVersion ?? ''].map(quoteCell).join(',');
    const line = (role: string, customer: { id: string; name: string }) =>
      `${id},${createdAt.toISOString()},${role},${customer.id},${cell(customer.name)},${made}\n`;
    yield line('owner', owner) + members.map((member) => line('member', member)).join('');
  }
}
