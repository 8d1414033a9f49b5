// Records in a SQLite file that a server has it open, to recognize a copy that was made meanwhile. Without the WAL
// beside it, such a copy looks complete but lacks everything that was only in the WAL.
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../../sqlite/result-code.ts';

const TABLE = 'customer_organizations_opened';

/**
 * Writes the inode of the open file into it, unless nothing can currently be written. Returns whether the file is a
 * copy of one that was open.
 */
export function rememberOpened(database: DatabaseSync, path: string): boolean {
  try {
    return writeInode(database, path);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    if (resultCodeOf(error) === undefined) throw error;
    return false;
  }
}

function writeInode(database: DatabaseSync, path: string): boolean {
  const { dev, ino } = statSync(path, { bigint: true });
  database.exec(`CREATE TABLE IF NOT EXISTS ${TABLE} (inode TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID`);
  const inode = `${dev}:${ino}`;
  const known = database
    .prepare(`SELECT inode FROM ${TABLE}`)
    .all()
    .map((row) => row.inode);
  if (known.length === 1 && known[0] === inode) return false;
  database.exec('BEGIN IMMEDIATE');
  database.exec(`DELETE FROM ${TABLE}`);
  database.prepare(`INSERT INTO ${TABLE} VALUES (?)`).run(inode);
  database.exec('COMMIT');
  // The checkpoint ensures that even a copy of the file without its WAL has the inode.
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return known.length > 0;
}

/** Removes the inode when the file is closed, or from a backup. */
export function forgetOpened(database: DatabaseSync): void {
  const isPresent = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(TABLE) !== undefined;
  if (isPresent) database.exec(`DELETE FROM ${TABLE}`);
}

/**
 * A table that Litestream adds to each database that it replicates, so that it is also in restored and copied files.
 */
const LITESTREAM_TABLE = '_litestream_seq';

/** Returns a warning for the log. */
export function describeCopy(database: DatabaseSync, path: string): string {
  const isReplicated =
    database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(LITESTREAM_TABLE) !== undefined;
  const restored = isReplicated
    ? ' If Litestream restored it, it is complete as of its last replication before that.'
    : '';
  return (
    `${path} is a copy of a database that a server had open.${restored} If it was copied as a file, without the -wal ` +
    'beside it, its newest organizations are missing: make copies with the command `backup`, or stop the server first'
  );
}
