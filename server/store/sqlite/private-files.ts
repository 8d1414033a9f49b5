// Makes a SQLite file and its folder private to the user who runs the program: it holds names of customers and hashes
// of secrets.
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The permissions of the group and of all others. */
const OTHERS_MASK = 0o077;

/**
 * Creates the file, and the folders that it is in, with these modes and whatever the umask. Existing folders keep their
 * mode: they may hold more than the database.
 */
export function createPrivateFile(path: string): void {
  const file = resolve(path);
  const firstCreated = mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  if (firstCreated !== undefined) chmodSync(dirname(file), FOLDER_MODE);
  let fd: number;
  try {
    // Never opens an existing file: closing it would release the locks that SQLite holds on it in this process
    // (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    fd = openSync(file, 'wx', FILE_MODE);
  } catch {
    return; // It exists, or SQLite will report why it cannot be created.
  }
  fchmodSync(fd, FILE_MODE);
  closeSync(fd);
}

/** Removes the permissions of others from a file of this user, its log and its index. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() && stats.uid === process.getuid?.() && (stats.mode & OTHERS_MASK) !== 0)
      chmodSync(file, FILE_MODE);
  }
}
