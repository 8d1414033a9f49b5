// Copies a SQLite database as of one moment, while others write to it: a backup, or a backup restored.
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
import { describeDamage } from '../describe-damage.ts';
import { capitalize, toOpenError } from '../open-error.ts';
import { forgetOpened } from '../opened-file.ts';
import { LOG_FILES, SIDE_FILES } from '../path-violation.ts';
import { createPrivateFile, removeFolders, removeLeftover } from '../private-files.ts';

/** What a copy has, as read from it. */
export interface DatabaseCopy {
  bytes: number;
  accounts: number;
  customers: number;
  organizations: number;
}

const LOCK_TIMEOUT_MS = 10_000;

/** Which of the two files is the database of `DATABASE_PATH`. The other one is an argument of the command. */
export type CopyKind = 'backup' | 'restore';

/**
 * Copies the database to a file that must not exist. The file gets its name when it is complete, verified and on the
 * disk. Its folder must exist for a backup, so that a disk that is not mounted is noticed; a restore creates it, as
 * `serve` does.
 *
 * @throws StoreOpenError, and then there is no new file
 */
export function copyDatabase(from: string, to: string, kind: CopyKind, partial = newPartialName(to)): DatabaseCopy {
  const [source, target]: [NamedBy, NamedBy] = kind === 'backup' ? ['setting', 'argument'] : ['argument', 'setting'];
  refuseExisting(to, target);
  requireRegularFile(from, source);
  let folders: string[] = [];
  try {
    if (kind === 'backup') accessSync(dirname(resolve(to)), constants.W_OK | constants.X_OK);
    ({ folders } = createPrivateFile(partial));
    vacuumInto(from, partial, source);
    const copy = verify(partial);
    flush(partial);
    publish(partial, to, target);
    return copy;
  } catch (error) {
    if (error instanceof StoreOpenError) throw error;
    // A copy that is damaged has it from the database.
    throw describeDamage(error, from, source) ?? toOpenError(error, to, target);
  } finally {
    for (const ending of ['', ...SIDE_FILES]) removeLeftover(partial + ending);
    // They are not empty if the copy succeeded.
    removeFolders(folders);
  }
}

/** The name of a copy until it is verified. */
export function newPartialName(to: string): string {
  return `${to}.${randomBytes(6).toString('hex')}.partial`;
}

/** A log beside a new file would be taken for its own. Symbolic links that lead nowhere exist as well. */
function refuseExisting(path: string, namedBy: NamedBy): void {
  for (const file of ['', ...LOG_FILES].map((ending) => path + ending))
    if (isThere(file, namedBy))
      throw new StoreOpenError(`${file} exists. It was not changed; name another file, or move it.`);
}

/** @throws StoreOpenError when its folder is none, or this user may not look into it */
function isThere(path: string, namedBy: NamedBy): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw toOpenError(error, path, namedBy);
  }
}

/** @throws StoreOpenError with the reason, which SQLite does not say */
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

/** Opens the database, which has to be one that this code can use. @throws StoreOpenError */
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

/** Reads one state of the database, whatever is committed meanwhile. Errors other than damage are those of the copy. */
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

/** Reads all of the copy. */
function verify(path: string): DatabaseCopy {
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
      throw new StoreOpenError(`The copy is damaged, so the database is as well: ${problems.slice(0, 3).join('; ')}.`);
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

/** A database that was not migrated since then can be copied as well. */
function hasImports(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'current_customers'").get() !== undefined;
}

/** SQLite flushes its databases, but not the result of VACUUM INTO. */
function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Gives the file its name, which fails where the name is taken by now. */
function publish(partial: string, to: string, namedBy: NamedBy): void {
  try {
    linkSync(partial, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') refuseExisting(to, namedBy);
    // File systems without hard links, such as FAT.
    copyFileSync(partial, to, constants.COPYFILE_EXCL);
    flush(to);
  }
  flush(dirname(resolve(to)));
}
