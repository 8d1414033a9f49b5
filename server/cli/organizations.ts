// `organizations`: what was created comes out again, as JSON Lines or CSV.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { readConfig } from '../config.ts';
import { guardFormulas } from '../import/formula-guard.ts';
import type { StoredOrganization } from '../store/store.ts';
import { escapeInvisible } from '../text/invisible.ts';
import { accountOption, findAccount, parseDate, requireAccount, withStore } from './options.ts';
import type { Surroundings } from './program.ts';

interface ExportOptions {
  account?: string;
  since?: Date;
  format: keyof typeof FORMATS;
  raw?: boolean;
}

export function addOrganizations(program: Command, { environment, stdout }: Surroundings): void {
  const organizations = program.command('organizations').description('read what was created');
  organizations
    .command('export')
    .alias('list')
    .description('print the organizations of an account, oldest first')
    .addOption(accountOption('the account that they belong to'))
    .option('--since <date>', 'created at this time or later: 2026-11-23 (UTC) or 2026-11-23T15:04:05Z', parseDate)
    .addOption(
      new Option('--format <format>', 'jsonl: one organization a line; csv: one of its customers a line')
        .choices(Object.keys(FORMATS))
        .default('jsonl'),
    )
    .option('--raw', 'csv: no apostrophe before a name that a spreadsheet would run as a formula')
    .action(async ({ since, format, raw = false, ...options }: ExportOptions, command: Command) => {
      const name = requireAccount(options, command);
      if (raw && format !== 'csv')
        command.error('error: --raw goes with --format csv only; JSON Lines are always exact');
      await withStore(readConfig(environment), async (store) => {
        const account = await findAccount(store, name);
        const text = inChunks(FORMATS[format](store.listOrganizations(account, since), { raw }));
        await pipeline(Readable.from(text), stdout, { end: false }).catch(ignoreClosedPipe);
      });
    });
}

const FORMATS = { jsonl: toJsonLines, csv: toCsv };

async function* toJsonLines(organizations: AsyncIterable<StoredOrganization>): AsyncIterable<string> {
  for await (const { id, createdAt, owner, members } of organizations) {
    yield `${escapeInvisible(JSON.stringify({ id, createdAt, owner, members }))}\n`;
  }
}

/** The owner first, then the members in their order, so that nothing is lost and no cell holds a list. */
async function* toCsv(
  organizations: AsyncIterable<StoredOrganization>,
  { raw }: { raw: boolean },
): AsyncIterable<string> {
  const cell = raw ? quoteCell : (text: string) => quoteCell(guardFormulas(text));
  yield 'organizationId,createdAt,role,customerId,customerName\n';
  for await (const { id, createdAt, owner, members } of organizations) {
    const line = (role: string, customer: { id: string; name: string }) =>
      `${id},${createdAt.toISOString()},${role},${customer.id},${cell(customer.name)}\n`;
    yield line('owner', owner) + members.map((member) => line('member', member)).join('');
  }
}

/** RFC 4180, section 2; also for programs that split at semicolons or tabs. */
function quoteCell(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CHUNK_LENGTH = 65_536;

/** A system call for each line would take most of the time. */
async function* inChunks(lines: AsyncIterable<string>): AsyncIterable<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** As in `| head`: who reads has seen enough. */
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
