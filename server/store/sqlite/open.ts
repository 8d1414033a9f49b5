// Opens a SQLite file for the store: recognises it as ours, brings its schema up to date, and says in one line what is wrong with any other.
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreNotUsable } from '../store.ts';
import { codeOf } from './errors.ts';
import { createPrivateFile, makePrivate } from './private-files.ts';
import { truncationMessage } from './truncation-guard.ts';

/** "CORG", in the field that SQLite keeps for programs to recognise their files by. */
const APPLICATION_ID = 0x434f5247;

/** SQLite's name for a database without a file. */
export const MEMORY = ':memory:';

const OPEN_TIMEOUT_MS = 10_000;

const MIGRATIONS = new URL('migrations/', import.meta.url);

/** Opens the file, which is created for this user alone if it does not exist, like the folder that it is in. @throws StoreNotUsable; then nothing was changed */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== MEMORY) createPrivateFile(path);
    // Another process that opens or closes the file has it for itself for a moment.
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    recognise(database, path);
    if (path !== MEMORY) makePrivate(realpathSync(path));
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;');
    migrate(database);
    // From now on no waiting inside SQLite: it would hold up every request of this process. The store waits, and tries again.
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof StoreNotUsable ? error : explain(error, path);
  }
}

function recognise(database: DatabaseSync, path: string): void {
  const read = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (tables > 0 && read('application_id') !== APPLICATION_ID) {
    throw new StoreNotUsable(
      `${path} is the database of another program. It was not changed; choose another file with DATABASE_PATH.`,
    );
  }
  const [version, known] = [read('user_version'), migrationFiles().length];
  if (tables > 0 && version > known) {
    throw new StoreNotUsable(
      `${path} was written by a newer version (schema ${version}, this one knows ${known}). It was not changed; update this package.`,
    );
  }
}

function migrationFiles(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}

/** Applies each numbered file once, in its own transaction. A second process that starts at the same time waits for the lock. */
function migrate(database: DatabaseSync): void {
  const files = migrationFiles();
  const schemaVersion = () => Number(database.prepare('PRAGMA user_version').get()?.user_version);
  // Without this, whoever only wants to read would wait for whoever writes.
  if (schemaVersion() === files.length) return;
  for (const [index, file] of files.entries()) {
    database.exec('BEGIN IMMEDIATE');
    try {
      if (schemaVersion() <= index) {
        database.exec(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
        database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1};`);
      }
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Extended result code: there is less in a file than the other processes that have it open have stored (https://www.sqlite.org/rescode.html#ioerr_short_read). */
const SHORT_READ = 522;

function explain(error: unknown, path: string): unknown {
  if (error instanceof Error && 'errcode' in error && error.errcode === SHORT_READ)
    return new StoreNotUsable(truncationMessage(path), { cause: error });
  if (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'EPERM')
  ) {
    return new StoreNotUsable(
      `The folder of ${path} cannot be written to. Give this user the right to, or choose another file with DATABASE_PATH.`,
      { cause: error },
    );
  }
  if (error instanceof Error && 'code' in error && (error.code === 'ENOTDIR' || error.code === 'EEXIST')) {
    return new StoreNotUsable(`The folder of ${path} is a file. Choose another file with DATABASE_PATH.`, {
      cause: error,
    });
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error && error.syscall === 'mkdir') {
    return new StoreNotUsable(
      `The folder of ${path} cannot be made (${error.code}). Choose another file with DATABASE_PATH.`,
      { cause: error },
    );
  }
  switch (codeOf(error)) {
    case 'NOTADB':
    case 'CORRUPT':
      return new StoreNotUsable(
        `${path} is not a SQLite database, or is damaged. It was not changed; choose another file with DATABASE_PATH.`,
        { cause: error },
      );
    case 'CANTOPEN':
      return new StoreNotUsable(
        `${path} cannot be opened: it is a folder, or this user may not read and write it and its folder.`,
        { cause: error },
      );
    case 'READONLY':
      return new StoreNotUsable(
        `${path} cannot be written to. Give this user the right to, or choose another file with DATABASE_PATH.`,
        { cause: error },
      );
    case 'BUSY':
      return new StoreNotUsable(`${path} is locked by another program. Stop that one, or wait until it is done.`, {
        cause: error,
      });
    case 'FULL':
    case 'IOERR':
      return new StoreNotUsable(`${path} cannot be written: the disk is full or broken.`, { cause: error });
    default:
      return error;
  }
}
