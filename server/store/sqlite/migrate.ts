// Updates the schema of a SQLite file: each numbered file in `migrations/` is one version.
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreOpenError } from '../store.ts';

const MIGRATIONS = new URL('migrations/', import.meta.url);

/** "CORG", in the header field by which programs recognize their files. */
const APPLICATION_ID = 0x434f5247;

/** Checks that the database is empty or ours, and not of a newer version of this package. @throws StoreOpenError */
export function recognizeSchema(database: DatabaseSync, path: string): void {
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (tables === 0) return;
  if (readPragma(database, 'application_id') !== APPLICATION_ID)
    throw new StoreOpenError(
      `${path} is the database of another program. It was not changed; set DATABASE_PATH to another file.`,
    );
  const [version, known] = [readPragma(database, 'user_version'), listMigrations().length];
  if (version > known)
    throw new StoreOpenError(
      `${path} was written by a newer version of this package (schema ${version}; this version knows ${known}). ` +
        'It was not changed; update the package.',
    );
}

/**
 * Applies each missing migration in a transaction of its own. A second process that starts at the same time waits for
 * the lock.
 */
export function migrateSchema(database: DatabaseSync): void {
  const files = listMigrations();
  // Reading does not wait for the lock.
  if (readPragma(database, 'user_version') === files.length) return;
  for (const [index, file] of files.entries()) {
    database.exec('BEGIN IMMEDIATE');
    try {
      if (readPragma(database, 'user_version') <= index) {
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

function readPragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function listMigrations(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
}
