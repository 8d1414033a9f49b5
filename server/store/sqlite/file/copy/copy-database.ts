// Copies a consistent snapshot of a SQLite database while others write to it, for `backup` and `restore`.
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from '../../../../sqlite/database.ts';
import { StoreOpenError } from '../../../store-errors.ts';
import { type NamedBy, nameAnother } from '../../named-by.ts';
import { readSchema } from '../../schema/migrate.ts';
import { adviceFor, describeDamage } from '../describe-damage.ts';
import { capitalize, toOpenError } from '../open-error.ts';
import { forgetOpened } from '../opened-file.ts';
import { LOG_FILES, SIDE_FILES } from '../path-violation.ts';
import { createPrivateFile, removeFolders, removeLeftover } from '../private-files.ts';

/** The contents of a copy, as counted in it. */
export interface DatabaseCopy {
  bytes: number;
  accounts: number;
  customers: number;
  organizations: number;
}

const LOCK_TIMEOUT_MS = 10_000;

/** The command, which decides which of the files is that of `DATABASE_PATH`. The other one is an argument. */
export type CopyKind = 'backup' | 'restore';

/**
 * Copies the database to a file that must not exist. The file gets its name when it is complete, verified and on the
 * disk. A backup needs an existing folder, so that an unmounted disk is noticed; a restore creates the folder, as
 * `serve` does.
 *
 * @throws StoreOpenError, and creates no file in that case
 */
export function copyDatabase(from: string, to: string, kind: CopyKind, partial = newPartialName(to)): DatabaseCopy {
  const [source, target]: [NamedBy, NamedBy] = kind === 'backup' ? ['setting', 'argument'] : ['argument', 'setting'];
  rejectExisting(to, target);
  requireRegularFile(from, source);
  let folders: string[] = [];
  try {
    if (kind === 'backup') accessSync(dirname(resolve(to)), constants.W_OK | constants.X_OK);
    ({ folders } = createPrivateFile(partial));
    vacuumInto(from, partial, source);
    const copy = verify(partial, from, source);
    flush(partial);
    publish(partial, to, target);
    return copy;
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    // Damage in the copy comes from the database.
    throw describeDamage(error, from, source) ?? toOpenError(error, to, target);
  } finally {
    for (const ending of ['', ...SIDE_FILES]) removeLeftover(partial + ending);
    // If the copy succeeded, the folders are not empty and so are kept.
    removeFolders(folders);
  }
}

/** Returns the name of a copy until it is verified. */
export function newPartialName(to: string): string {
  return `${to}.${randomBytes(6).toString('hex')}.partial`;
}

/**
 * Throws if the file exists, even as a dangling symbolic link, or one of its log files, which SQLite would then use.
 */
function rejectExisting(path: string, namedBy: NamedBy): void {
  for (const file of ['', ...LOG_FILES].map((ending) => path + ending))
    if (isThere(file, namedBy))
      throw new StoreOpenError(`${file} exists. It was not changed; name another file, or move it.`);
}

/** Returns whether a file exists. @throws StoreOpenError when its folder is a file, or this user may not read it */
function isThere(path: string, namedBy: NamedBy): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw toOpenError(error, path, namedBy);
  }
}

/** @throws StoreOpenError with the reason why it is not a file, which SQLite does not report */
function requireRegularFile(path: string, namedBy: NamedBy): void {
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw toOpenError(error, path, namedBy);
  }
  if (stats?.isFile() || stats?.isDirectory()) return; // `toOpenError` describes a folder.
  if (stats) throw new StoreOpenError(`${path} is not a file. ${capitalize(nameAnother(namedBy))}.`);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  throw new StoreOpenError(
    isLink ? `${path} is a symbolic link to a file that does not exist.` : `There is no database ${resolve(path)}.`,
  );
}

/** Opens a database that this code can use. @throws StoreOpenError */
function openSource(path: string, namedBy: NamedBy): DatabaseSync {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
    if (readSchema(source, path, undefined, namedBy) === 0) throw new StoreOpenError(`${path} is an empty database.`);
    return source;
  } catch (error) {
    source?.close();
    if (error instanceof StoreOpenError) throw error;
    throw describeDamage(error, path, namedBy) ?? toOpenError(error, path, namedBy);
  }
}

/** Copies one snapshot of the database, whatever is committed meanwhile. Errors other than damage concern the copy. */
function vacuumInto(from: string, to: string, namedBy: NamedBy): void {
  const source = openSource(from, namedBy);
  try {
    source.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw describeDamage(error, from, namedBy) ?? error;
  } finally {
    source.close();
  }
}

/** Verifies the copy of `from` by reading all of it. @throws StoreOpenError when it is damaged */
function verify(path: string, from: string, namedBy: NamedBy): DatabaseCopy {
  const database = new DatabaseSync(path);
  try {
    const problems = [
      ...database
        .prepare('PRAGMA integrity_check(3)')
        .all()
        .map((row) => String(row.integrity_check)),
      ...database
        .prepare('PRAGMA foreign_key_check')
        .all()
        .map((row) => `a row of ${row.table} refers to nothing`),
    ].filter((problem) => problem !== 'ok');
    if (problems.length > 0)
      throw new StoreOpenError(
        `${from} is damaged: ${problems.slice(0, 3).join('; ')}. Nothing was changed. ${adviceFor(namedBy)}`,
      );
    forgetOpened(database);
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    return {
      bytes: statSync(path).size,
      accounts: count('accounts'),
      customers: count(hasImports(database) ? 'current_customers' : 'customers'),
      organizations: count('organizations'),
    };
  } finally {
    database.close();
  }
}

/** Returns whether the schema has imports. A database that has not been migrated since then can be copied, too. */
function hasImports(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'current_customers'").get() !== undefined;
}

/** Flushes a file to the disk, which SQLite does not do for the result of VACUUM INTO. */
function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives the file its final name. Fails if that has been taken meanwhile. */
function publish(partial: string, to: string, namedBy: NamedBy): void {
  try {
    linkSync(partial, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') rejectExisting(to, namedBy);
    // The file system has no hard links, like FAT.
    copyFileSync(partial, to, constants.COPYFILE_EXCL);
    flush(to);
  }
  flush(dirname(resolve(to)));
}
