// Updates the schema of a SQLite file: each numbered file in `migrations/` is one version.
import type { DatabaseSync } from 'node:sqlite';
import {
  describeNewer,
  describeOlder,
  type MigrateMode,
  type Migration,
  readMigrations,
  rejectsMigration,
  worksWith,
} from '../../migrations.ts';
import { StoreOpenError } from '../../store-errors.ts';
import { type NamedBy, nameAnother } from '../named-by.ts';
import { transact } from '../transact.ts';
import { checkParts } from './missing-parts.ts';

const MIGRATIONS = new URL('migrations/', import.meta.url);

/** "CORG", the value of the header field by which programs recognize their files. */
const APPLICATION_ID = 0x434f5247;

/** The table of applied migrations with the oldest code that works with each. A header field has the version. */
const TABLE = 'customer_organizations_migrations';
const CREATE_TABLE = `
  CREATE TABLE IF NOT EXISTS ${TABLE} (
    version     INTEGER NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    oldest_code INTEGER NOT NULL,
    applied_at  INTEGER NOT NULL
  ) STRICT`;

export const readSqliteMigrations = (): Migration[] => readMigrations(MIGRATIONS);

/** Checks that the database is empty or of this package. Returns its schema version, or 0. @throws StoreOpenError */
export function recognizeSchema(database: DatabaseSync, path: string, namedBy: NamedBy = 'setting'): number {
  const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
  if (tables === 0) return 0;
  if (readPragma(database, 'application_id') !== APPLICATION_ID)
    throw new StoreOpenError(
      `${path} is the database of another program. It was not changed; ${nameAnother(namedBy)}.`,
    );
  return readPragma(database, 'user_version');
}

/**
 * Checks that this code works with the schema, and that the schema is complete. Returns its version, or 0.
 *
 * @throws StoreOpenError
 */
export function readSchema(
  database: DatabaseSync,
  path: string,
  migrations: readonly Migration[] = readSqliteMigrations(),
  namedBy?: NamedBy,
): number {
  const [version, known] = [recognizeSchema(database, path, namedBy), migrations.length];
  if (version > known && !worksWith(readApplied(database, known, version), known))
    throw new StoreOpenError(describeNewer(path, version, known));
  // Newer code may have removed what this code does not need.
  if (version > 0 && version <= known) checkParts(database, path, migrations.slice(0, version));
  return version;
}

/** Like `readSchema`, but also rejects an older schema unless `migrate` allows updating it. @throws StoreOpenError */
export function checkSchema(
  database: DatabaseSync,
  path: string,
  { migrate, migrations }: { migrate: MigrateMode; migrations: readonly Migration[] },
): void {
  const [version, known] = [readSchema(database, path, migrations), migrations.length];
  if (version < known && rejectsMigration(migrate, version))
    throw new StoreOpenError(
      describeOlder(path, { version, needed: known }) +
        (version === 0 ? ' If it had data, move the file, and restore a backup with `restore` instead.' : ''),
    );
}

/** Returns the applied migrations that this code does not know. */
function readApplied(database: DatabaseSync, known: number, version: number) {
  const isPresent = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(TABLE) !== undefined;
  if (!isPresent) return [{ version, oldestCode: undefined }];
  const rows = database.prepare(`SELECT version, oldest_code FROM ${TABLE} WHERE version > ?`).all(known);
  return [
    ...rows.map((row) => ({ version: Number(row.version), oldestCode: Number(row.oldest_code) })),
    // Each migration has a row, unless another program has written the version.
    ...(rows.length === version - known ? [] : [{ version, oldestCode: undefined }]),
  ];
}

/**
 * Applies the missing migrations in one transaction, and returns their names. A second process that starts at the same
 * time waits for the lock, and never sees a schema between two versions.
 */
export function migrateSchema(database: DatabaseSync, migrations: readonly Migration[]): string[] {
  // Checked first, because reading does not wait for the lock.
  if (readPragma(database, 'user_version') >= migrations.length) return [];
  return transact(database, 'BEGIN IMMEDIATE', () =>
    migrations.filter((each) => applyMigration(database, each)).map(({ name }) => name),
  );
}

/** Applies a migration. Returns false if another process was faster. */
function applyMigration(database: DatabaseSync, { version, name, oldestCode, sql }: Migration): boolean {
  if (readPragma(database, 'user_version') >= version) return false;
  database.exec(sql);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}; ${CREATE_TABLE}`);
  database.prepare(`INSERT INTO ${TABLE} VALUES (?, ?, ?, ?)`).run(version, name, oldestCode, Date.now());
  return true;
}

function readPragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
