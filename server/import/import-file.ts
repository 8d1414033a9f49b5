// Imports a file: reads and validates all of it, and only then writes to the store.
import { setImmediate as nextTick } from 'node:timers/promises';
import { resultCodeOf } from '../sqlite/result-code.ts';
import type { Customer } from '../store/records.ts';
import type { ImportCount, Store } from '../store/store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { quote } from '../text/invisible.ts';
import { type Format, type FormatName, formats } from './formats.ts';
import { InvalidFileError } from './invalid-file-error.ts';
import { stripByteOrderMark } from './line-blocks.ts';
import type { Progress } from './progress.ts';
import { type NameConflict, StagingTable } from './staging-table.ts';
import { RowCollector } from './validate-rows.ts';

export interface FileImport {
  store: Store;
  /** The ID of an existing account. */
  account: string;
  source: AsyncIterable<Buffer>;
  /** The name of the source in messages. */
  name: string;
  /** The size of the source in bytes, if known. */
  size?: number | undefined;
  format: FormatName;
  /** Whether to leave names in CSV as they are: see `unguardFormulas`. */
  raw?: boolean;
  progress: Progress;
  dryRun?: boolean;
  signal?: AbortSignal;
}

/**
 * Imports all customers of the source, or none. Keeps a limited part of them in memory, and all of them in a temporary
 * file.
 *
 * @throws InvalidFileError | SourceError | StoreUnavailableError, or the reason of the signal
 */
export async function importFile(options: FileImport): Promise<ImportCount> {
  const { store, account, source, name, size, format, raw = false, progress, dryRun = false, signal } = options;
  const { load, unit } = formats[format];
  const read = await load();
  using staging = new StagingTable();
  const collector = new RowCollector(staging);
  try {
    progress.start('Reading', size);
    const bytes = reportProgress(source, collector, progress, signal);
    await read(stripByteOrderMark(bytes, name), collector, { raw });
    if (collector.rows === 0 && collector.violationCount === 0) collector.addViolation(0, 'The file has no customers.');
    progress.start('Storing', collector.rows);
    return await store.importCustomers(account, validBatches(), { dryRun, ...(signal && { signal }) });
  } catch (error) {
    // The store maps its own errors, so this one comes from the staging table.
    throw resultCodeOf(error) === 'FULL' ? new StoreUnavailableError(NO_SPACE, { kind: 'full', cause: error }) : error;
  } finally {
    progress.stop();
  }

  /** Yields each customer once. Throws at the end if the file is invalid, which makes the store roll back. */
  async function* validBatches(): AsyncIterable<Customer[]> {
    let done = 0;
    for (const batch of staging.customers(addConflict)) {
      // Once the file is known to be invalid, it is only searched for more conflicts.
      if (collector.violationCount === 0) yield batch;
      done += batch.length;
      progress.update(done, done);
      // Signals are delivered between ticks.
      await nextTick();
      signal?.throwIfAborted();
    }
    if (collector.violationCount > 0)
      throw new InvalidFileError(unit, collector.firstViolations(), collector.violationCount);
  }

  function addConflict(conflict: NameConflict): void {
    collector.addViolation(conflict.position, describeConflict(conflict, unit));
  }
}

const NO_SPACE = 'The folder for temporary files has no space for this import; set SQLITE_TMPDIR to another folder.';

async function* reportProgress(
  source: AsyncIterable<Buffer>,
  collector: RowCollector,
  progress: Progress,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
    bytes += chunk.length;
    progress.update(bytes, collector.rows);
  }
}

function describeConflict({ id, name, first }: NameConflict, unit: Format['unit']): string {
  const firstPosition = `${unit} ${first.position.toLocaleString('en')}`;
  return `The id ${id} has the name ${quote(name)} here, but ${quote(first.name)} in ${firstPosition}.`;
}
