// Lets one process at a time import into a SQLite file. The lock ends with its process, however that ends, so whoever
// gets it knows that the imports which others have left in the file will not be continued.
import { realpathSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '../../../sqlite/database.ts';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { createPrivateFile } from '../file/private-files.ts';

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
  // A lock of SQLite on an empty database of its own, which is never written.
  const file = `${realpathSync(path)}-import`;
  createPrivateFile(file);
  const inode = inodeOf(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (resultCodeOf(error) === 'BUSY') return undefined;
    throw error;
  }
  const unlock = () => {
    rmSync(file, { force: true });
    database.close();
  };
  // The one before may have removed the file after it was opened here: then this lock is on a file without a name.
  if (inode !== undefined && inode === inodeOf(file)) return { [Symbol.dispose]: unlock };
  database.close();
  return undefined;
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}
