// Waits for the write lock of a SQLite file, which another process may hold, without blocking the event loop.
import { setTimeout as sleep } from 'node:timers/promises';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { toStoreError } from '../errors.ts';

/** Longer than any transaction of this package. */
const TIMEOUT_MS = 30_000;
const RETRY_MS = 5;

/**
 * Runs `work` as soon as the file is not locked. It is retried from the start, so it must be one statement, or a
 * transaction that begins with `BEGIN IMMEDIATE`.
 *
 * @throws StoreUnavailableError when the lock is not free within 30 s, or SQLite cannot write
 */
export async function waitForLock<T>(work: () => T, signal?: AbortSignal): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (resultCodeOf(error) !== 'BUSY' || performance.now() - startMs > TIMEOUT_MS) throw toStoreError(error);
    }
    await sleep(RETRY_MS, undefined, signal && { signal });
  }
}
