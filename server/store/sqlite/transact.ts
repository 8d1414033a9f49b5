// Runs a transaction in SQLite.
import type { DatabaseSync } from 'node:sqlite';

/** `begin` is `BEGIN`, or `BEGIN IMMEDIATE` to lock the file for writing at once. What `work` throws rolls it back. */
export function transact<T>(database: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } finally {
    // Some errors, such as a full disk, have already rolled back.
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}
