// Keeps a SQLite file and its folder to the user who runs the program: they hold names of customers and hashes of secrets.
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** Permissions of the group and of all others. */
const OTHERS = 0o077;

/**
 * Creates the file and the folders that it is in, where they do not exist, for this user alone and whatever the umask. A folder
 * that exists stays as it is: it may hold more than the database.
 */
export function createPrivateFile(path: string): void {
  const file = resolve(path);
  const first = mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE });
  if (first !== undefined) chmodSync(dirname(file), FOLDER_MODE);
  let fd: number;
  try {
    // Never opens a file that exists: closing it would release the locks that SQLite holds on it in this process
    // (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    fd = openSync(file, 'wx', FILE_MODE);
  } catch {
    return; // It exists, or SQLite will say why it cannot be created.
  }
  fchmodSync(fd, FILE_MODE);
  closeSync(fd);
}

/** Takes the permissions of others from a file that this user owns, and from what SQLite keeps beside it. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats && stats.uid === process.getuid?.() && (stats.mode & OTHERS) !== 0) chmodSync(file, FILE_MODE);
  }
}
