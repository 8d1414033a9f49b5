// Makes a SQLite file and its folder private to the user who runs the program: it holds names of customers and hashes
// of secrets.
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The permissions of the group and of all others. */
const OTHERS_MASK = 0o077;

/** What was created for a file. */
export interface Created {
  /** Whether the file itself was. */
  file: boolean;
  /** The outermost first. */
  folders: string[];
}

/**
 * Creates the file, and the folders that it is in, with these modes and whatever the umask. Existing folders keep their
 * mode: they may hold more than the database. Leaves no folder when it throws.
 */
export function createPrivateFile(path: string): Created {
  const file = resolve(path);
  const folders = createPrivateFolder(dirname(file));
  let fd: number;
  try {
    // Never opens an existing file: closing it would release the locks that SQLite holds on it in this process
    // (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    fd = openSync(file, 'wx', FILE_MODE);
  } catch {
    return { file: false, folders }; // It exists, or SQLite will report why it cannot be created.
  }
  fchmodSync(fd, FILE_MODE);
  closeSync(fd);
  return { file: true, folders };
}

/** Removes a file that is of no use, if that is possible: on a file system that became read-only it is not. */
export function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // An error would hide the one before it.
  }
}

/** Removes folders that were created, unless something is in them by now. */
export function removeFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // Something is in it, or it is gone.
    }
  }
}

/**
 * Creates a folder, and those that it is in, one by one: each must be usable before the next. In /proc the recursive
 * form of Node never returns.
 */
function createPrivateFolder(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder); folder = dirname(folder)) missing.unshift(folder);
  const created: string[] = [];
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process has created it since.
      if (isFolder(folder)) continue;
      removeFolders(created);
      throw error;
    }
    created.push(folder);
    chmodSync(folder, FOLDER_MODE);
  }
  return created;
}

/** False for a path that has an error, which creating it then reports. That of a circle of links would be another. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw error;
    return false;
  }
}

/** Removes the permissions of others from a file of this user, its log and its index. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() && stats.uid === process.getuid?.() && (stats.mode & OTHERS_MASK) !== 0)
      chmodSync(file, FILE_MODE);
  }
}
