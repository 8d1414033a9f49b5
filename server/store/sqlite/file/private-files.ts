// Makes a SQLite file and its folder private to the user who runs the program, because it contains names of customers
// and hashes of secrets.
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** The permission bits of the group and of others. */
const OTHERS_MASK = 0o077;

/** The file and folders that were created. */
export interface Created {
  /** Whether the file itself was created. */
  file: boolean;
  /** The created folders, outermost first. */
  folders: string[];
}

/**
 * Creates the file and its folders with these modes, regardless of the umask. Existing folders keep their mode, because
 * they may contain more than the database. Leaves no folder behind when it throws.
 */
export function createPrivateFile(path: string): Created {
  const file = resolve(path);
  const folders = createPrivateFolder(dirname(file));
  let fd: number;
  try {
    // `wx` never opens an existing file: closing it would release the locks that SQLite holds on it in this process
    // (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    fd = openSync(file, 'wx', FILE_MODE);
  } catch {
    return { file: false, folders }; // It exists, or SQLite reports later why it cannot be created.
  }
  fchmodSync(fd, FILE_MODE);
  closeSync(fd);
  return { file: true, folders };
}

/** Removes a useless file if possible; on a file system that has become read-only, it is not. */
export function removeLeftover(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Ignored, because it would hide the original error.
  }
}

/** Removes created folders, unless they are no longer empty. */
export function removeFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // The folder is not empty, or is already gone.
    }
  }
}

/**
 * Creates a folder and its parents one by one, because each must be usable before the next. Node's recursive `mkdir`
 * never returns in /proc.
 */
function createPrivateFolder(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder); folder = dirname(folder)) missing.unshift(folder);
  const created: string[] = [];
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process has created it meanwhile.
      if (isFolder(folder)) continue;
      removeFolders(created);
      throw error;
    }
    created.push(folder);
    chmodSync(folder, FOLDER_MODE);
  }
  return created;
}

/**
 * Returns false on an error, which creating the folder then reports; only a loop of links would be reported wrongly.
 */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw error;
    return false;
  }
}

/** Removes the permissions of others from a file of this user, and from its WAL and index. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() && stats.uid === process.getuid?.() && (stats.mode & OTHERS_MASK) !== 0)
      chmodSync(file, FILE_MODE);
  }
}
