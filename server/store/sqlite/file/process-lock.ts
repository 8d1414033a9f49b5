// A lock beside a SQLite file, which one process at a time can hold. It ends with its process, however that ends.
import { realpathSync, statSync } from 'node:fs';
import { DatabaseSync } from '../../../sqlite/database.ts';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { StoreOpenError } from '../../store-errors.ts';
import { createPrivateFile, removeLeftover } from './private-files.ts';

/** Acquires the lock with that suffix. Returns undefined while another process, or this one, holds it. */
export function tryLock(path: string, ending: '-import' | '-serve'): Disposable | undefined {
  // The lock is that of SQLite on an empty database, which is never written.
  const file = `${realpathSync(path)}${ending}`;
  createPrivateFile(file);
  const inode = inodeOf(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // The journal is in memory, because a killed process would leave a file behind.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (resultCodeOf(error) === 'BUSY') return undefined;
    throw error;
  }
  const unlock = () => {
    removeLeftover(file);
    database.close();
  };
  // The previous holder may have removed the file after it was opened here. Then this lock is on an unlinked file.
  if (inode !== undefined && inode === inodeOf(file)) return { [Symbol.dispose]: unlock };
  database.close();
  return undefined;
}

/**
 * Acquires the lock of a server. The lock is beside the file, so each hard link would have its own
 * (https://www.sqlite.org/howtocorrupt.html, section 2.5).
 *
 * @throws StoreOpenError while another server has the file open, or if the file has several names
 */
export function lockServing(path: string): Disposable {
  const names = statSync(path).nlink;
  if (names > 1)
    throw new StoreOpenError(
      `${path} has ${names} names (hard links). SQLite keeps a log beside each, so that use by several damages it: ` +
        'remove the others, or serve a copy made with `backup`.',
    );
  const lock = tryLock(path, '-serve');
  if (lock) return lock;
  throw new StoreOpenError(
    `${path} is served by another process. SQLite is for one server: end that one, or use PostgreSQL for several.`,
    { mayPass: true },
  );
}

function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}
