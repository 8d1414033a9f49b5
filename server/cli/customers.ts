// `customers`: brings customers in from a file.
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { ImportRefused } from '../import/errors.ts';
import { type FormatName, formats } from '../import/formats.ts';
import type { ImportCount } from '../store/store.ts';
import { CommandFailed } from './errors.ts';
import { accountOption, findAccount, requireAccount, withStore } from './options.ts';
import type { Surroundings } from './program.ts';

interface ImportOptions {
  account?: string;
  format?: FormatName;
  dryRun?: boolean;
}

export function addCustomers(program: Command, surroundings: Surroundings): void {
  const customers = program.command('customers').description('bring customers in');
  customers
    .command('import')
    .description('add customers to an account, all of a file or none; one that exists is renamed')
    .argument(
      '<file>',
      'CSV with the header id,name; JSON Lines; or a list {"items":[{"id","legalName"}]}; - for standard input',
    )
    .addOption(accountOption('the account that they belong to; it must exist'))
    .addOption(
      new Option('--format <format>', 'what the file is, if its name does not end in .csv, .jsonl or .json').choices(
        Object.keys(formats),
      ),
    )
    .option('--dry-run', 'check the file and count, but change nothing')
    .action(async (file: string, { format: given, dryRun = false, ...options }: ImportOptions, command: Command) => {
      const account = requireAccount(options, command);
      const format = given ?? formatOf(file);
      if (!format)
        command.error(`error: the format of ${file} cannot be told by its name; add --format csv, jsonl or json`);
      const job = { file, format, account, dryRun };
      const count = await runImport(readConfig(surroundings.environment), job, surroundings);
      surroundings.stdout.write(describeCount(count, job));
    });
}

function formatOf(file: string): FormatName | undefined {
  const extension = extname(file).toLowerCase();
  return FORMAT_NAMES.find((name) => formats[name].extensions.some((each) => each === extension));
}

const FORMAT_NAMES = ['csv', 'jsonl', 'json'] as const satisfies FormatName[];

interface Job {
  file: string;
  format: FormatName;
  account: string;
  dryRun: boolean;
}

async function runImport(config: Config, job: Job, { stderr }: Surroundings): Promise<ImportCount> {
  const interrupted = new AbortController();
  const stop = (signal: string) => interrupted.abort(new CommandFailed(`Stopped by ${signal}; nothing was changed.`));
  // A second signal ends the program at once, which changes nothing either.
  for (const signal of SIGNALS) process.once(signal, stop);
  const { signal } = interrupted;
  try {
    return await withStore(config, async (store) => {
      const account = await findAccount(store, job.account);
      // The other commands start faster without what only an import needs.
      const [{ importFile }, { createProgress }] = await Promise.all([
        import('../import/import-file.ts'),
        import('../import/progress.ts'),
      ]);
      const { stream, size } = await openSource(job.file);
      const [source, progress] = [addAbortSignal(signal, stream), createProgress(stderr)];
      return importFile({ ...job, store, account, source, size, name: job.file, progress, signal });
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof ImportRefused ? new CommandFailed(describeRefusal(job.file, error)) : error;
  } finally {
    for (const each of SIGNALS) process.removeListener(each, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function openSource(file: string): Promise<{ stream: Readable; size: number | undefined }> {
  if (file === '-') return { stream: process.stdin, size: undefined };
  try {
    const handle = await open(file);
    const stats = await handle.stat();
    if (!stats.isDirectory())
      return { stream: handle.createReadStream(), size: stats.isFile() ? stats.size : undefined };
    await handle.close();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw new CommandFailed(`There is no file ${file}.`, { cause });
    if (code === 'EACCES') throw new CommandFailed(`This user may not read ${file}.`, { cause });
    throw cause;
  }
  throw new CommandFailed(`${file} is a folder.`);
}

const number = (count: number) => count.toLocaleString('en');

function describeCount({ added, renamed, unchanged }: ImportCount, { account, dryRun }: Job): string {
  const counts = `${number(added)} new, ${number(renamed)} renamed, ${number(unchanged)} unchanged`;
  const total = number(added + renamed + unchanged);
  return dryRun
    ? `Nothing was changed. An import into ${JSON.stringify(account)} would take ${total} customers: ${counts}.\n`
    : `Imported ${total} customers into ${JSON.stringify(account)}: ${counts}.\n`;
}

function describeRefusal(file: string, { unit, problems, count }: ImportRefused): string {
  const lines = problems.map(({ place, reason }) => `  ${unit} ${number(place)}: ${reason}`);
  if (count > problems.length) lines.push(`  and ${number(count - problems.length)} more`);
  return `${file} was not imported, and nothing was changed. It has ${count === 1 ? 'one fault' : `${number(count)} faults`}:\n${lines.join('\n')}`;
}
