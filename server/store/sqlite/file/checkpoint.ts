// Moves the write-ahead log (WAL) into the database, and frees its space.
import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../../sqlite/result-code.ts';

/** Empties the WAL. Returns false if that is currently impossible: the WAL is in use, or the disk is full or broken. */
export function truncateWal(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return false;
  }
}
