// Reads which migrations a PostgreSQL database has, and checks that its tables exist.
import type pg from 'pg';
import { type AppliedMigration, describeNewer, type Migration, worksWith } from '../../migrations.ts';
import { StoreOpenError } from '../../store-errors.ts';
import type { DatabaseAddress } from '../address/address.ts';
import { ENCODING_ADVICE } from '../connection/errors.ts';

/**
 * Checks that this code works with the schema, and that its tables exist. Returns its version, or 0 if there is none.
 *
 * @throws StoreOpenError
 */
export async function readSchema(
  client: pg.Client,
  { displayName }: DatabaseAddress,
  migrations: readonly Migration[],
): Promise<number> {
  await requireUnicode(client, displayName);
  const [applied, known] = [await readApplied(client), migrations.length];
  const version = versionOf(applied);
  if (!worksWith(applied, known)) throw new StoreOpenError(describeNewer(displayName, version, known));
  const tables = migrations.slice(0, version).flatMap(({ sql }) => tablesOf(sql));
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name WHERE NOT EXISTS (
       SELECT 1 FROM pg_class WHERE relname = name AND pg_table_is_visible(oid)
     )`,
    [tables],
  );
  if (rows.length === 0) return version;
  const missing = rows.map(({ name }) => `table ${name}`).join(', ');
  throw new StoreOpenError(
    `${displayName} lacks ${missing}, which schema ${version} has: something else has changed it. ` +
      'It was not changed; restore a backup with `pg_restore`.',
  );
}

/** The supported encodings. SQL_ASCII does not convert text, and so stores the UTF-8 that it gets. */
const ENCODINGS = ['UTF8', 'SQL_ASCII'];

/** @throws StoreOpenError for a database that cannot store all characters of a name */
async function requireUnicode(client: pg.Client, displayName: string): Promise<void> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  const encoding = rows[0]?.server_encoding;
  if (encoding === undefined || ENCODINGS.includes(encoding)) return;
  throw new StoreOpenError(
    `${displayName} has the encoding ${encoding}, which lacks characters that names may have: it needs UTF8. ` +
      `It was not changed. ${ENCODING_ADVICE}.`,
  );
}

/** Returns the tables that a migration creates. */
const tablesOf = (sql: string) => [...sql.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name = '']) => name);

export const versionOf = (applied: readonly AppliedMigration[]) =>
  Math.max(0, ...applied.map(({ version }) => version));

/** Returns the applied migrations, none if their table is missing, which the first migration creates last. */
export async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query(
    // Not `to_regclass`, which uses a session cache that still lacks the table after waiting for the lock.
    `SELECT EXISTS (
       SELECT 1 FROM pg_class WHERE relname = 'customer_organizations_migrations' AND pg_table_is_visible(oid)
     ) AS present`,
  );
  if (!rows[0]?.present) return [];
  const read = await client.query<{ version: number; oldest_code: number | null }>(
    // Older code created the table without the column `oldest_code`.
    `SELECT version, (to_jsonb(m) ->> 'oldest_code')::int AS oldest_code FROM customer_organizations_migrations m`,
  );
  return read.rows.map((row) => ({ version: row.version, oldestCode: row.oldest_code ?? undefined }));
}
