// Lets one process at a time import into a SQLite file. The lock ends with its process, however that ends, so whoever
// gets it knows that the imports which others have left in the file will not be continued.
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../file/process-lock.ts';

const RETRY_MS = 50;

/** Waits until no other import holds the lock. @throws the reason of the signal */
export async function lockImports(path: string, signal?: AbortSignal): Promise<Disposable> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLockImports(path);
    if (lock) return lock;
    await sleep(RETRY_MS, undefined, signal && { signal });
  }
}

/** Returns undefined while another import holds the lock. */
export function tryLockImports(path: string): Disposable | undefined {
  return tryLock(path, '-import');
}
