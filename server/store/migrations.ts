// The migrations of a store: numbered SQL files, each of which says how old the code may be that works on its result.
import { readdirSync, readFileSync } from 'node:fs';
import { commandName } from '../../openapi/command/command-name.ts';

export interface Migration {
  /** From 1, without gaps. */
  version: number;
  /** The name of the file. */
  name: string;
  sql: string;
  /** Code that knows this version of the schema, or a newer one, works after this migration. */
  oldestCode: number;
}

/**
 * Whether the schema is updated: always, never, only created in an empty database (`empty`), or only updated where
 * there is one (`existing`).
 */
export type MigrateMode = boolean | 'empty' | 'existing';

/** Whether an older schema is an error. Version 0: there is none. */
export function refusesMigration(migrate: MigrateMode, version: number): boolean {
  return migrate === false || migrate === (version > 0 ? 'empty' : 'existing');
}

/**
 * The first line of each file. A migration is for all code since `oldestCode` if it only adds what that code need not
 * know: tables, indexes, columns that may be null or have a default. What code since then has stopped using goes in a
 * later migration.
 */
const OLDEST_CODE = /^-- Oldest code: (\d+)\n/;

/** Reads the migrations of a folder, in order. */
export function readMigrations(folder: URL): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name, index) => {
    const sql = readFileSync(new URL(name, folder), 'utf8');
    const oldestCode = Number(OLDEST_CODE.exec(sql)?.[1]);
    if (!(oldestCode > 0)) throw new Error(`${name} must begin with a line such as "-- Oldest code: ${index + 1}".`);
    return { version: index + 1, name, sql, oldestCode };
  });
}

/** A migration as the database remembers it. */
export interface AppliedMigration {
  version: number;
  /** Undefined if the code that applied it did not know. */
  oldestCode: number | undefined;
}

/** Whether code that knows this version of the schema works after these migrations. */
export function worksWith(applied: readonly AppliedMigration[], knownVersion: number): boolean {
  return applied.every(({ version, oldestCode = version }) => version <= knownVersion || oldestCode <= knownVersion);
}

/** What `migrate --check` reports. */
export interface SchemaState {
  /** 0: there is no schema. */
  version: number;
  /** The version of this code. */
  known: number;
  /** Names of the migrations that this code has and the database lacks. */
  missing: string[];
}

export function schemaState(version: number, migrations: readonly Migration[]): SchemaState {
  const missing = migrations.filter((each) => each.version > version).map(({ name }) => name);
  return { version, known: migrations.length, missing };
}

/**
 * Says that the schema is older than this code needs, and what to do. `where` names the database. `requirement` says
 * what `migrate` needs there.
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

/** Says that the schema is too new for this code. */
export function describeNewer(where: string, version: number, known: number): string {
  return (
    `${where} was migrated by a newer version of this package (schema ${version}; this version knows ${known}). ` +
    'It was not changed; update the package.'
  );
}
