// `events export`: prints the audit trail as JSON Lines or CSV.
import { type Command, Option } from 'commander';
import { guardFormulas } from '../../import/formula-guard.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { Store } from '../../store/store.ts';
import { quoteWhole } from '../../text/invisible.ts';
import { UUID } from '../../text/uuid.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { accountOption, parseDate } from '../options.ts';
import { printLines, quoteCell } from '../print-lines.ts';
import { findAccount, withStore } from '../with-store.ts';

interface ExportOptions {
  account?: string;
  since?: Date;
  format: keyof typeof FORMATS;
}

export function addEventsCommand(program: Command, { environment, stdout, stderr }: CliContext): void {
  const events = program.command('events').description('export the audit trail');
  events
    .command('export')
    .description('print who changed accounts, keys, customers and organizations by commands, oldest first')
    .addOption(accountOption('only events of this account, by its name or ID, also of a deleted one'))
    .option('--since <date>', 'only those since then: 2026-11-23 (UTC) or 2026-11-23T15:04:05Z', parseDate)
    .addOption(new Option('--format <format>', 'a line for each event').choices(Object.keys(FORMATS)).default('jsonl'))
    .addOption(new Option('--json', 'the same as --format jsonl').conflicts('format'))
    .action(async ({ account: name, since, format }: ExportOptions) => {
      await withStore({ environment, stderr }, async (store) => {
        const account = name === undefined ? undefined : await findAccountOfEvents(store, name, stderr);
        await printLines(FORMATS[format](store.listEvents(account, since)), stdout);
      });
    });
}

/**
 * Finds the account whose events to export. Events outlive their account, whose name another account may have by now.
 * An ID takes precedence over a name, because only the ID distinguishes accounts that had the same name.
 *
 * @throws CommandError
 */
async function findAccountOfEvents(store: Store, nameOrId: string, stderr: CliContext['stderr']): Promise<string> {
  const current = await store.findAccount(nameOrId);
  const earlier = await findEarlierAccounts(store, nameOrId, current);
  const name = quoteWhole(nameOrId);
  const ids = earlier.join(', ');
  if (UUID.test(nameOrId)) {
    const id = nameOrId.toLowerCase();
    const named = [...(current === undefined ? [] : [current]), ...earlier].filter((account) => account !== id);
    const isId = named.length === 0 || (await isAccountId(store, id));
    // New names must not look like an ID, but older ones may.
    if (isId && named.length > 0)
      stderr.write(
        `These are the events of the account with this ID. Others have or had it as their name: ${named.join(', ')}.\n`,
      );
    if (isId) return id;
  }
  if (current !== undefined) {
    if (earlier.length > 0)
      stderr.write(`Other accounts had the name ${name} before: ${ids}. --account takes an ID.\n`);
    return current;
  }
  const [only, ...more] = earlier;
  if (only === undefined) return findAccount(store, nameOrId);
  if (more.length > 0) throw new CommandError(`Several accounts had the name ${name}: ${ids}. Use --account ID.`);
  stderr.write(`No account has the name ${name} now. These are the events of ${only}, which had it.\n`);
  return only;
}

/** Returns whether an account with this ID exists or existed. */
async function isAccountId(store: Store, id: string): Promise<boolean> {
  for await (const { account } of store.listEvents(id)) return account === id;
  return (await store.listAccounts()).some((account) => account.id === id);
}

/** Returns the IDs of other accounts that had this name, oldest first. */
async function findEarlierAccounts(store: Store, name: string, current: string | undefined): Promise<string[]> {
  const found = new Set<string>();
  for await (const { account, type, subject, details } of store.listEvents())
    if (type.startsWith('account.') && (subject === name || details.previousName === name)) found.add(account);
  if (current !== undefined) found.delete(current);
  return [...found];
}

const FORMATS = { jsonl: toJsonLines, csv: toCsv };

async function* toJsonLines(events: AsyncIterable<StoredEvent>): AsyncIterable<string> {
  for await (const { id, createdAt, actor, type, account, subject, details } of events)
    yield jsonLine({ id, createdAt, actor, type, account, subject, details });
}

async function* toCsv(events: AsyncIterable<StoredEvent>): AsyncIterable<string> {
  const cell = (text: string) => quoteCell(guardFormulas(text));
  yield 'id,createdAt,actor,type,account,subject,details\n';
  for await (const { id, createdAt, actor, type, account, subject, details } of events) {
    const texts = [actor, type, account, subject, JSON.stringify(details)];
    yield `${id},${createdAt.toISOString()},${texts.map(cell).join(',')}\n`;
  }
}
