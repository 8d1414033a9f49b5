// Opens a SQLite file for the store.
import { realpathSync } from 'node:fs';
import { DatabaseSync } from '../../sqlite/database.ts';
import { StoreOpenError } from '../store.ts';
import { migrateSchema, recognizeSchema } from './migrate.ts';
import { toOpenError } from './open-error.ts';
import { createPrivateFile, makePrivate } from './private-files.ts';

/** SQLite's name for a database without a file. */
export const MEMORY = ':memory:';

const OPEN_TIMEOUT_MS = 10_000;

/** Pages in the log after which a commit runs a checkpoint: 16 MB. */
const CHECKPOINT_PAGES = 4000;

/**
 * Opens the file, which is created if it does not exist, and updates its schema.
 *
 * @throws StoreOpenError, and then nothing was changed
 */
export function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== MEMORY) createPrivateFile(path);
    // Another process locks the file for a moment while it opens or closes it.
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    recognizeSchema(database, path);
    if (path !== MEMORY) makePrivate(realpathSync(path));
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
    );
    migrateSchema(database);
    // SQLite would wait for locks synchronously, which blocks the event loop. From here on the store waits.
    database.exec('PRAGMA busy_timeout = 0');
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof StoreOpenError ? error : toOpenError(error, path);
  }
}
