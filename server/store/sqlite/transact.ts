// Runs a transaction in SQLite.
import type { DatabaseSync } from 'node:sqlite';

/** Runs `work` in a transaction, which its errors roll back. `BEGIN IMMEDIATE` locks the file for writing at once. */
export function transact<T>(database: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } finally {
    // Some errors, such as a full disk, have already rolled the transaction back.
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}
