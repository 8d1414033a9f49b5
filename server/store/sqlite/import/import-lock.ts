// Lets one process at a time import into a SQLite file. The lock ends with its process, however that ends, so its
// holder knows that unfinished imports in the file are abandoned.
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from '../file/process-lock.ts';

const RETRY_MS = 50;

/** Waits for the lock. @throws the reason of the signal */
export async function lockImports(path: string, signal?: AbortSignal): Promise<Disposable> {
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLockImports(path);
    if (lock) return lock;
    await sleep(RETRY_MS, undefined, signal && { signal });
  }
}

/** Acquires the lock. Returns undefined while another import holds it. */
export function tryLockImports(path: string): Disposable | undefined {
  return tryLock(path, '-import');
}
