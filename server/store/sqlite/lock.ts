// Waits for the one write lock of a SQLite file without holding up the process: another process may have it for a moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, toStoreError } from './errors.ts';

/** Longer than the last moment of a large import. */
const WAIT_MS = 30_000;
const RETRY_MS = 5;

/**
 * Does the work as soon as the file is not locked. `work` runs from the start each time, so it is one statement, or a transaction that begins
 * with `BEGIN IMMEDIATE`.
 *
 * @throws StoreUnavailable when the lock is not free in time, or SQLite cannot write
 */
export async function waitForLock<T>(work: () => T, signal?: AbortSignal): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (codeOf(error) !== 'BUSY' || performance.now() - startMs > WAIT_MS) throw toStoreError(error);
    }
    await sleep(RETRY_MS, undefined, signal && { signal });
  }
}
