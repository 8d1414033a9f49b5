// `customers`: brings customers in from a file.
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { type Config, readConfig } from '../config.ts';
import { type FormatName, formats } from '../import/formats.ts';
import { ImportRefused } from '../import/invalid-file-error.ts';
import type { ImportCount } from '../store/store.ts';
import { quoteWhole } from '../text/invisible.ts';
import { CommandFailed } from './command-error.ts';
import { accountOption, findAccount, requireAccount, withStore } from './options.ts';
import type { Surroundings } from './program.ts';

interface ImportOptions {
  account?: string;
  format?: FormatName;
  dryRun?: boolean;
  raw?: boolean;
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
    .option('--raw', 'csv: keep the apostrophe that keeps a spreadsheet from running a name as a formula')
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const { format: given, dryRun = false, raw = false } = options;
      const account = requireAccount(options, command);
      const format = given ?? formatOf(file);
      if (!format)
        command.error(`error: the format of ${file} cannot be told by its name; add --format csv, jsonl or json`);
      if (raw && format !== 'csv') command.error('error: --raw goes with CSV only; JSON is always taken as it is');
      const job = { file, format, account, dryRun, raw };
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
  raw: boolean;
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
      const [{ importFile }, { createProgress }, { openSource }] = await Promise.all([
        import('../import/import-file.ts'),
        import('../import/progress.ts'),
        import('../import/source.ts'),
      ]);
      const { chunks: source, size } = await openSource(job.file, signal);
      return importFile({
        ...job,
        store,
        account,
        source,
        size,
        name: job.file,
        progress: createProgress(stderr),
        signal,
      });
    });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error instanceof ImportRefused ? new CommandFailed(describeRefusal(job.file, error)) : error;
  } finally {
    for (const each of SIGNALS) process.removeListener(each, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const number = (count: number) => count.toLocaleString('en');

function describeCount({ added, renamed, unchanged }: ImportCount, { account, dryRun }: Job): string {
  const counts = `${number(added)} new, ${number(renamed)} renamed, ${number(unchanged)} unchanged`;
  const total = number(added + renamed + unchanged);
  return dryRun
    ? `Nothing was changed. An import into ${quoteWhole(account)} would take ${total} customers: ${counts}.\n`
    : `Imported ${total} customers into ${quoteWhole(account)}: ${counts}.\n`;
}

function describeRefusal(file: string, { unit, problems, count }: ImportRefused): string {
  const lines = problems.map(({ place, reason }) => `  ${unit} ${number(place)}: ${reason}`);
  if (count > problems.length) lines.push(`  and ${number(count - problems.length)} more`);
  return `${file} was not imported, and nothing was changed. It has ${count === 1 ? 'one fault' : `${number(count)} faults`}:\n${lines.join('\n')}`;
}
