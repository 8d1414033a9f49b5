// Moves the write-ahead log into the database, and gives its space back.
import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../../sqlite/result-code.ts';

/** Returns false where that is not possible at the moment: others use the log, or the disk is full or broken. */
export function emptyLog(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return false;
  }
}
