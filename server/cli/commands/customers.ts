// `customers import`: adds the customers of a file to an account.
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { FORMAT_NAMES, type FormatName, formats } from '../../import/formats.ts';
import { InvalidFileError } from '../../import/invalid-file-error.ts';
import type { ImportCount } from '../../store/store.ts';
import { StoreUnavailableError } from '../../store/store-errors.ts';
import { countOf } from '../../text/count-of.ts';
import { quoteWhole } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { accountOption, requireAccount } from '../options.ts';
import { findAccount, withStore } from '../with-store.ts';
import { addCustomerRepair } from './customers-repair.ts';

interface ImportOptions {
  account?: string;
  format?: FormatName;
  dryRun?: boolean;
  raw?: boolean;
  json?: boolean;
}

export function addCustomersCommand(program: Command, context: CliContext): void {
  const customers = program.command('customers').description('import, list, get and delete customers');
  addCustomerRepair(customers, context);
  customers
    .command('import')
    .description('import a whole file of customers into an account, or nothing; existing customers are renamed')
    .argument(
      '<file>',
      'CSV with the header id,name; JSON Lines; or a list {"items":[{"id","legalName"}]}; - for standard input',
    )
    .addOption(accountOption('an existing account, which will own the customers'))
    .addOption(
      new Option('--format <format>', 'format of the file, if its name does not end in .csv, .jsonl or .json').choices(
        FORMAT_NAMES,
      ),
    )
    .option('--dry-run', 'validate the file and count, but change nothing')
    .option('--raw', 'csv: keep the apostrophe that protects spreadsheets from a name that is a formula')
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const { format: given, dryRun = false, raw = false, json = false } = options;
      const account = requireAccount(options, command);
      const format = given ?? formatOf(file);
      if (!format) {
        // A misspelled file name is a more likely cause than a missing option, so it is reported first.
        if (file !== '-') await (await import('../../import/source.ts')).findSource(file);
        const name = file === '-' ? 'standard input' : file;
        command.error(`error: unknown format of ${name}: use --format ${listFormats()}`);
      }
      if (raw && format !== 'csv') command.error('error: --raw is for CSV only; names in JSON are never changed');
      const job = { file, format, account, dryRun, raw };
      const count = await runImport(job, context);
      const shown = { account, dryRun, ...count };
      context.stdout.write(json ? jsonLine(shown) : describeCount(count, job));
    });
}

/** As in "csv, jsonl or json". British English has no comma before "or". */
const listFormats = () => new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(FORMAT_NAMES);

function formatOf(file: string): FormatName | undefined {
  const extension = extname(file).toLowerCase();
  return FORMAT_NAMES.find((name) => formats[name].extensions.some((each) => each === extension));
}

interface ImportJob {
  file: string;
  format: FormatName;
  account: string;
  dryRun: boolean;
  raw: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function runImport(job: ImportJob, context: CliContext): Promise<ImportCount> {
  const controller = new AbortController();
  const abort = (name: string) => controller.abort(new CommandError(`Stopped by ${name}; nothing was changed.`));
  // A second signal has its default effect and ends the process. That changes nothing either.
  for (const name of SIGNALS) process.once(name, abort);
  const { signal } = controller;
  try {
    return await withStore(context, async (store) => {
      const account = await findAccount(store, job.account, { adds: true });
      // Loaded on demand, so that other commands start faster.
      const [{ importFile }, { createProgress }, { openSource }] = await Promise.all([
        import('../../import/import-file.ts'),
        import('../../import/progress.ts'),
        import('../../import/source.ts'),
      ]);
      const { chunks: source, size } = await openSource(job.file, signal);
      const progress = createProgress(context.stderr, context.environment);
      return importFile({ ...job, store, account, source, size, name: job.file, progress, signal });
    });
  } catch (error) {
    if (error instanceof StoreUnavailableError && error.mayBeStored) throw error;
    if (signal.aborted) throw signal.reason;
    throw error instanceof InvalidFileError ? new CommandError(describeInvalidFile(job.file, error)) : error;
  } finally {
    for (const name of SIGNALS) process.removeListener(name, abort);
  }
}

const number = (count: number) => count.toLocaleString('en');

function describeCount({ added, renamed, unchanged }: ImportCount, { account, dryRun }: ImportJob): string {
  const counts = `${number(added)} new, ${number(renamed)} renamed, ${number(unchanged)} unchanged`;
  const total = countOf(added + renamed + unchanged, 'customer');
  return dryRun
    ? `Dry run, nothing was changed: ${total} for ${quoteWhole(account)}: ${counts}.\n`
    : `Imported ${total} into ${quoteWhole(account)}: ${counts}.\n`;
}

function describeInvalidFile(file: string, { unit, violations, count }: InvalidFileError): string {
  const lines = violations.map(({ position, message }) =>
    position === 0 ? `  ${message}` : `  ${unit} ${number(position)}: ${message}`,
  );
  if (count > violations.length) lines.push(`  and ${number(count - violations.length)} more`);
  const errors = count === 1 ? 'one error' : `${number(count)} errors`;
  const name = file === '-' ? 'Standard input' : file;
  return `${name} was not imported: it has ${errors}. Nothing was changed.\n${lines.join('\n')}`;
}
