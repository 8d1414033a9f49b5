// Opens a SQLite file for the store.
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from '../../../sqlite/database.ts';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { type MigrateMode, type Migration, rejectsMigration, type SchemaState, schemaState } from '../../migrations.ts';
import { StoreOpenError, StoreUnavailableError } from '../../store-errors.ts';
import { toStoreError } from '../errors.ts';
import { checkSchema, migrateSchema, readSchema, readSqliteMigrations, recognizeSchema } from '../schema/migrate.ts';
import { transact } from '../transact.ts';
import { describeDamage, rejectDamage } from './describe-damage.ts';
import { toOpenError } from './open-error.ts';
import { MEMORY } from './path-violation.ts';
import { type Created, createPrivateFile, makePrivate, removeFolders, removeLeftover } from './private-files.ts';

const NO_FILE =
  'DATABASE_PATH=:memory: is a database within one process, which a command cannot reach. Set it to a file.';

const OPEN_TIMEOUT_MS = 10_000;

/** The number of pages in the WAL, 16 MB, at which a commit runs a checkpoint. */
const CHECKPOINT_PAGES = 4000;

export interface OpenDatabaseOptions {
  /** Whether to update the schema. With false or `existing`, the file must exist. Default: true. */
  migrate?: MigrateMode;
  /** The migrations. Default: those of this package. */
  migrations?: readonly Migration[];
}

/**
 * Opens the file and updates its schema. The file is created if it does not exist.
 *
 * @throws StoreOpenError, and changes nothing in that case
 */
export function openDatabase(path: string, options: OpenDatabaseOptions = {}): DatabaseSync {
  return open(path, options).database;
}

/** Updates the schema, and returns the names of the migrations that were applied. @throws StoreOpenError */
export function migrateFile(path: string): string[] {
  const { database, applied } = open(path, {});
  database.close();
  return applied;
}

/** Returns what `migrateFile` would do. Reads the whole file. @throws StoreOpenError, also when the file is damaged */
export function readFileState(path: string): SchemaState {
  if (path === MEMORY) throw new StoreOpenError(NO_FILE);
  let database: DatabaseSync | undefined;
  try {
    if (!exists(path)) throw new StoreOpenError(describeMissing(path));
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    const state = schemaState(readSchema(database, path), readSqliteMigrations());
    rejectDamage(path);
    return state;
  } catch (error) {
    throw explainOpening(error, path);
  } finally {
    database?.close();
  }
}

function open(
  path: string,
  { migrate = true, migrations = readSqliteMigrations() }: OpenDatabaseOptions,
): { database: DatabaseSync; applied: string[] } {
  let database: DatabaseSync | undefined;
  let created: Created | undefined;
  try {
    if (path === MEMORY && migrate !== true) throw new StoreOpenError(NO_FILE);
    if (path !== MEMORY && rejectsMigration(migrate, 0) && !exists(path))
      throw new StoreOpenError(describeMissing(path));
    const mayLackLog = path !== MEMORY && isWalFileWithoutLog(path);
    if (path !== MEMORY) created = createPrivateFile(path);
    if (path !== MEMORY && isDevice(path)) throw new StoreOpenError(`${path} is not a file. Set DATABASE_PATH to one.`);
    // Another process may lock the file for a moment while it opens or closes it.
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    if (mayLackLog && staysEmpty(database, path)) throw new StoreOpenError(describeMissingLog(path));
    checkSchema(database, path, { migrate, migrations });
    if (path !== MEMORY) makePrivate(realpathSync(path));
    database.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    useLog(database);
    const applied = migrateSchema(database, migrations);
    // The checkpoint ensures that a copy of the file without its WAL has the schema, and is recognized.
    if (applied.length > 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    // From here on, the store itself waits for locks, because SQLite would block the event loop.
    database.exec('PRAGMA busy_timeout = 0');
    return { database, applied };
  } catch (error) {
    // A file without a schema could later be taken for a database.
    if (created) removeCreated(database, path, created);
    database?.close();
    throw explainOpening(error, path);
  }
}

/** Converts an error to a `StoreOpenError`, unless it is a defect of this program. */
export function explainOpening(error: unknown, path: string): unknown {
  if (error instanceof StoreOpenError) return error;
  if (error instanceof StoreUnavailableError) return new StoreOpenError(error.message, { cause: error });
  const explained = describeDamage(error, path) ?? toOpenError(error, path);
  if (explained !== error) return explained;
  // The error may be about a table that something else has changed.
  const unavailable = toStoreError(error);
  return unavailable === error ? error : explainOpening(unavailable, path);
}

/** Removes a file that could not become a database, unless another process has made it one meanwhile. */
function removeCreated(database: DatabaseSync | undefined, path: string, created: Created): void {
  if (created.file && isUnused(database, path))
    for (const ending of ['', '-wal', '-shm', '-journal']) removeLeftover(path + ending);
  removeFolders(created.folders);
}

/** The sizes of a page, and of a WAL with one page: https://www.sqlite.org/fileformat2.html#walformat. */
const PAGE_BYTES = 4096;
const WAL_BYTES = 32 + 24 + PAGE_BYTES;

/**
 * Returns whether the file is empty. Locks it until it is closed, if possible, so that nobody creates the schema now.
 */
function isUnused(database: DatabaseSync | undefined, path: string): boolean {
  try {
    database?.exec('BEGIN IMMEDIATE');
    return database === undefined || recognizeSchema(database, path) === 0;
  } catch (error) {
    if (resultCodeOf(error) === 'BUSY') return false;
  }
  // Locking may be impossible on a full disk. A file without a schema has at most one page, and none in its log.
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf(path) <= PAGE_BYTES && sizeOf(`${path}-wal`) < WAL_BYTES;
}

/** Returns whether a file exists. Throws for a path that is unreachable because of links or permissions. */
function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Returns whether the path is a device. As root, SQLite would open it, and its permissions would be changed. */
function isDevice(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

/** Bytes 18 and 19 of the header are 2 in WAL mode: https://www.sqlite.org/fileformat2.html. */
function isWalFileWithoutLog(path: string): boolean {
  // Opening a pipe would block until it has a writer.
  if (!existsSync(path) || isDevice(path) || existsSync(`${realpathSync(path)}-wal`)) return false;
  const header = Buffer.alloc(20);
  let file: number | undefined;
  try {
    // Closing the file releases no locks, because this process has not opened it yet.
    file = openSync(path, 'r');
    return readSync(file, header, 0, 20, 0) === 20 && header[18] === 2 && header[19] === 2;
  } catch {
    return false; // SQLite reports the error later.
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const EMPTY_CHECKS = 20;
const EMPTY_PAUSE_MS = 50;

/**
 * Returns whether the file stays without a schema. Another process may be creating it: it begins a few milliseconds
 * after it has set WAL mode, and holds a lock to wait for.
 */
function staysEmpty(database: DatabaseSync, path: string): boolean {
  const isEmpty = () => transact(database, 'BEGIN IMMEDIATE', () => recognizeSchema(database, path) === 0);
  for (let check = 1; isEmpty(); check++) {
    if (check === EMPTY_CHECKS) return true;
    pause(EMPTY_PAUSE_MS);
  }
  return false;
}

const RETRY_MS = 5;

/**
 * Sets WAL mode, and reads, which creates the WAL. SQLite does not wait for a writing process here
 * (https://github.com/sqlite/sqlite/blob/version-3.53.0/src/btree.c, sqlite3BtreeSetVersion).
 */
function useLog(database: DatabaseSync): void {
  const endMs = performance.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA user_version');
      return;
    } catch (error) {
      if (resultCodeOf(error) !== 'BUSY' || performance.now() > endMs) throw error;
    }
    pause(RETRY_MS);
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function describeMissingLog(path: string): string {
  return (
    `${path} was copied without the -wal beside it, which has all of its data. It was not changed; make copies with ` +
    'the command `backup`, or stop the server first.'
  );
}

/** Returns a message that there is no such file. */
function describeMissing(path: string): string {
  return (
    `There is no database ${resolve(path)}. Set DATABASE_PATH to an existing one; ` +
    '`migrate` and `keys create --create-account` create one, and so does `serve` outside production.'
  );
}
