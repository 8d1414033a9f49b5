// The migrations of a store: numbered SQL files, each of which names the oldest code that works with its result.
import { readdirSync, readFileSync } from 'node:fs';
import { commandName } from '../../openapi/command/command-name.ts';

export interface Migration {
  /** The number of the migration, from 1 without gaps. */
  version: number;
  /** The name of the file. */
  name: string;
  sql: string;
  /** The oldest schema version whose code still works after this migration. */
  oldestCode: number;
}

/**
 * Whether to update the schema: always, never, only in an empty database (`empty`), or only if there already is a
 * schema (`existing`).
 */
export type MigrateMode = boolean | 'empty' | 'existing';

/** Returns whether an older schema is an error. Version 0 means that there is none. */
export function rejectsMigration(migrate: MigrateMode, version: number): boolean {
  return migrate === false || migrate === (version > 0 ? 'empty' : 'existing');
}

/**
 * The first line of each file. All code since `oldestCode` works after a migration that only adds things which that
 * code need not know: tables, indexes, and columns that are nullable or have a default. Parts that are no longer used
 * are removed by a later migration.
 */
const OLDEST_CODE = /^-- Oldest code: (\d+)\n/;

/** Reads the migrations in a folder, in order. */
export function readMigrations(folder: URL): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name, index) => {
    const sql = readFileSync(new URL(name, folder), 'utf8');
    const oldestCode = Number(OLDEST_CODE.exec(sql)?.[1]);
    if (!(oldestCode > 0)) throw new Error(`${name} must begin with a line such as "-- Oldest code: ${index + 1}".`);
    return { version: index + 1, name, sql, oldestCode };
  });
}

/** A migration that is recorded in the database. */
export interface AppliedMigration {
  version: number;
  /** The oldest code; undefined if the code that applied the migration did not record it. */
  oldestCode: number | undefined;
}

/** Returns whether code for this version of the schema works after these migrations. */
export function worksWith(applied: readonly AppliedMigration[], knownVersion: number): boolean {
  return applied.every(({ version, oldestCode = version }) => version <= knownVersion || oldestCode <= knownVersion);
}

/** The state that `migrate --check` reports. */
export interface SchemaState {
  /** The version of the schema; 0 if there is none. */
  version: number;
  /** The schema version of this code. */
  known: number;
  /** The names of the migrations that the database lacks. */
  missing: string[];
}

export function schemaState(version: number, migrations: readonly Migration[]): SchemaState {
  const missing = migrations.filter((each) => each.version > version).map(({ name }) => name);
  return { version, known: migrations.length, missing };
}

/**
 * Returns a message that the schema is too old, with advice. `where` names the database, and `requirement` adds what
 * `migrate` needs there.
 */
export function describeOlder(
  where: string,
  { version, needed, requirement = '' }: { version: number; needed: number; requirement?: string },
): string {
  const state = version === 0 ? 'there is no schema yet' : `the schema is version ${version}`;
  return (
    `${where}: ${state}, but version ${needed} is required. ` +
    `Run \`${commandName('server')} migrate\`${requirement}, then start this again.`
  );
}

/** Returns a message that the schema is too new for this code. */
export function describeNewer(where: string, version: number, known: number): string {
  return (
    `${where} was migrated by a newer version of this package (schema ${version}; this version knows ${known}). ` +
    'It was not changed; update the package.'
  );
}
