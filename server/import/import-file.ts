// One import from begin to end: read all of a file, judge it, and only then touch the store.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { codeOf } from '../store/sqlite/errors.ts';
import { type Customer, type ImportCount, type Store, StoreUnavailable } from '../store/store.ts';
import { quote } from '../text/invisible.ts';
import { type Format, type FormatName, formats } from './formats.ts';
import { ImportRefused } from './invalid-file-error.ts';
import { withoutMark } from './line-blocks.ts';
import type { Progress } from './progress.ts';
import { Intake } from './row-collector.ts';
import { type Conflict, Staging } from './staging-table.ts';

export interface Import {
  store: Store;
  /** ID of an account that exists. */
  account: string;
  source: AsyncIterable<Buffer>;
  /** What to call the source. */
  name: string;
  /** Bytes of the source, if they are known. */
  size?: number | undefined;
  format: FormatName;
  /** Keeps the apostrophes that guard names in CSV against being run as formulas. */
  raw?: boolean;
  progress: Progress;
  dryRun?: boolean;
  signal?: AbortSignal;
}

/**
 * Imports all customers of the source, or none. Needs memory for a part of it only, and room for all of it in the folder for temporary files.
 *
 * @throws ImportRefused | SourceError | StoreUnavailable, or when the signal is aborted or the source fails
 */
export async function importFile(options: Import): Promise<ImportCount> {
  const { store, account, source, name, size, format, raw = false, progress, dryRun = false, signal } = options;
  const { load, unit } = formats[format];
  const read = await load();
  using staging = new Staging();
  const intake = new Intake(staging);
  try {
    progress.start('Reading', size);
    await read(withoutMark(counted(source, intake, progress, signal), name), intake, { raw });
    if (intake.rows === 0 && intake.problemCount === 0) intake.problem(1, 'The file has no customers.');
    progress.start('Storing', intake.rows);
    return await store.importCustomers(account, judged(), { dryRun, ...(signal && { signal }) });
  } catch (error) {
    // The store tells of its own errors; this one comes from the rows that wait.
    throw codeOf(error) === 'FULL' ? new StoreUnavailable(NO_ROOM, { cause: error }) : error;
  } finally {
    progress.stop();
  }

  /** All customers once. Ends with an error if anything is wrong with the file, so that the store takes none of them. */
  async function* judged(): AsyncIterable<Customer[]> {
    let done = 0;
    for (const batch of staging.customers((conflict) => intake.problem(conflict.place, describe(conflict, unit)))) {
      // The store need not work for what it will not keep; the rest is only searched for more faults.
      if (intake.problemCount === 0) yield batch;
      done += batch.length;
      progress.update(done, done);
      // Signals are heard between turns only.
      await nextTurn();
      signal?.throwIfAborted();
    }
    if (intake.problemCount > 0) throw new ImportRefused(unit, intake.firstProblems(), intake.problemCount);
  }
}

const NO_ROOM = 'The folder for temporary files has no room for this import; SQLITE_TMPDIR names another.';

async function* counted(
  source: AsyncIterable<Buffer>,
  intake: Intake,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
    bytes += chunk.length;
    progress.update(bytes, intake.rows);
  }
}

function describe({ id, name, firstPlace, firstName }: Conflict, unit: Format['unit']): string {
  return `The id ${id} has the name ${quote(name)} here, but ${quote(firstName)} in ${unit} ${firstPlace.toLocaleString('en')}.`;
}
