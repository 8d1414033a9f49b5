// `events export`: prints the audit trail as JSON Lines or CSV.
import { type Command, Option } from 'commander';
import { readConfig } from '../../config.ts';
import { guardFormulas } from '../../import/formula-guard.ts';
import type { StoredEvent } from '../../store/events.ts';
import type { Store } from '../../store/store.ts';
import { escapeInvisible } from '../../text/invisible.ts';
import type { CliContext } from '../context.ts';
import { accountOption, parseDate } from '../options.ts';
import { printLines, quoteCell } from '../print-lines.ts';
import { findAccount, withStore } from '../with-store.ts';

interface ExportOptions {
  account?: string;
  since?: Date;
  format: keyof typeof FORMATS;
}

export function addEventsCommand(program: Command, { environment, stdout }: CliContext): void {
  const events = program.command('events').description('export the audit trail');
  events
    .command('export')
    .description('print who changed accounts, keys, customers and organizations by commands, oldest first')
    .addOption(accountOption('only events of this account; of a deleted one by its ID'))
    .option('--since <date>', 'only those since then: 2026-11-23 (UTC) or 2026-11-23T15:04:05Z', parseDate)
    .addOption(new Option('--format <format>', 'a line for each event').choices(Object.keys(FORMATS)).default('jsonl'))
    .addOption(new Option('--json', 'the same as --format jsonl').conflicts('format'))
    .action(async ({ account: name, since, format }: ExportOptions) => {
      await withStore(readConfig(environment), async (store) => {
        const account = name === undefined ? undefined : await findAccountOrId(store, name);
        await printLines(FORMATS[format](store.listEvents(account, since)), stdout);
      });
    });
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The events of an account outlive it. */
async function findAccountOrId(store: Store, nameOrId: string): Promise<string> {
  if (UUID.test(nameOrId) && (await store.findAccount(nameOrId)) === undefined) return nameOrId;
  return findAccount(store, nameOrId);
}

const FORMATS = { jsonl: toJsonLines, csv: toCsv };

async function* toJsonLines(events: AsyncIterable<StoredEvent>): AsyncIterable<string> {
  for await (const { id, createdAt, actor, type, account, subject, details } of events)
    yield `${escapeInvisible(JSON.stringify({ id, createdAt, actor, type, account, subject, details }))}\n`;
}

async function* toCsv(events: AsyncIterable<StoredEvent>): AsyncIterable<string> {
  const cell = (text: string) => quoteCell(guardFormulas(text));
  yield 'id,createdAt,actor,type,account,subject,details\n';
  for await (const { id, createdAt, actor, type, account, subject, details } of events) {
    const texts = [actor, type, account, subject, JSON.stringify(details)];
    yield `${id},${createdAt.toISOString()},${texts.map(cell).join(',')}\n`;
  }
}
