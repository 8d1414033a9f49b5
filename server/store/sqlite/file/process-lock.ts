// A lock beside a SQLite file for one process at a time. It ends with its process, however that ends.
import { realpathSync, statSync } from 'node:fs';
import { DatabaseSync } from '../../../sqlite/database.ts';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { StoreOpenError } from '../../store-errors.ts';
import { createPrivateFile, removeLeftover } from './private-files.ts';

/** Returns undefined while another process, or another part of this one, holds the lock of that ending. */
export function tryLock(path: string, ending: '-import' | '-serve'): Disposable | undefined {
  // A lock of SQLite on an empty database of its own, which is never written.
  const file = `${realpathSync(path)}${ending}`;
  createPrivateFile(file);
  const inode = inodeOf(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Without a journal beside it, which a killed process would leave.
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
  // The one before may have removed the file after it was opened here: then this lock is on a file without a name.
  if (inode !== undefined && inode === inodeOf(file)) return { [Symbol.dispose]: unlock };
  database.close();
  return undefined;
}

/**
 * The lock is beside the file, so each other name would have its own
 * (https://www.sqlite.org/howtocorrupt.html, section 2.5).
 *
 * @throws StoreOpenError while another server has the file open, or it has other names
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
