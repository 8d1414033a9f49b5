// Brings the schema of a PostgreSQL database up to date, once, however many processes try; or says in one line why it cannot.
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { StoreNotUsable } from '../store.ts';
import { clientConfig } from './connection-pool.ts';
import { sqlStateOf } from './errors.ts';
import type { DatabaseAddress } from './url.ts';

const MIGRATIONS = new URL('migrations/', import.meta.url);

/** "CORG", as the key of the advisory lock that only one migration holds. */
const LOCK = 0x434f5247;

/** A program that starts waits so long for the server, and for another one that migrates. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 60_000;

/**
 * Applies each numbered file that was not applied yet, in a transaction of its own, and gives their names. With `migrate: false` it only looks, and an
 * older schema is an error.
 *
 * @throws StoreNotUsable
 */
export async function prepareSchema(address: DatabaseAddress, { migrate }: { migrate: boolean }): Promise<string[]> {
  const client = new pg.Client({ ...clientConfig(address, CONNECT_TIMEOUT_MS), lock_timeout: LOCK_TIMEOUT_MS });
  // A break is told by the rejection of what runs.
  client.on('error', () => {});
  try {
    await client.connect();
    return await bringUpToDate(client, address, migrate);
  } catch (error) {
    throw error instanceof StoreNotUsable ? error : explain(error, address);
  } finally {
    await client.end().catch(() => {}); // It may never have been connected.
  }
}

async function bringUpToDate(client: pg.Client, address: DatabaseAddress, migrate: boolean): Promise<string[]> {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const version = await readVersion(client);
  if (version > files.length) {
    throw new StoreNotUsable(
      `${address.shown}: a newer version migrated this database (schema ${version}, this one knows ${files.length}). It was not changed; update this package.`,
    );
  }
  if (version === files.length) return [];
  if (!migrate) throw new StoreNotUsable(describeOlder(address, version, files.length));
  const applied: string[] = [];
  try {
    for (const [index, file] of files.entries()) if (await apply(client, index + 1, file)) applied.push(file);
  } catch (error) {
    // insufficient_privilege: on the schema, or on tables that another role owns.
    if (sqlStateOf(error) === '42501')
      throw new StoreNotUsable(
        `${describeOlder(address, version, files.length)} This role has not the right to: ${reasonOf(error)}.`,
        { cause: error },
      );
    throw error;
  }
  return applied;
}

function describeOlder(address: DatabaseAddress, version: number, needed: number): string {
  const state = version === 0 ? 'there is no schema yet' : `the schema is version ${version}`;
  return `${address.shown}: ${state}, and version ${needed} is needed. Run \`npm run server -- migrate\` with a role that may create tables, then start this again.`;
}

/** The table is the last thing that the first migration makes, so none of it means none at all. */
async function readVersion(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    // Reads the catalog itself. `to_regclass` asks a cache of the session, which after waiting for the lock still knows of no table.
    "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'customer_organizations_migrations' AND pg_table_is_visible(oid)) AS present",
  );
  if (!rows[0]?.present) return 0;
  const counted = await client.query(
    'SELECT coalesce(max(version), 0) AS version FROM customer_organizations_migrations',
  );
  return Number(counted.rows[0]?.version);
}

/** Everything is asked again under the lock, for another process may have been faster. Gives whether it was applied here. */
async function apply(client: pg.Client, version: number, file: string): Promise<boolean> {
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const due = (await readVersion(client)) < version;
    if (due) {
      await client.query(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
      await client.query(
        'CREATE TABLE IF NOT EXISTS customer_organizations_migrations (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL)',
      );
      await client.query('INSERT INTO customer_organizations_migrations VALUES ($1, $2, now())', [version, file]);
    }
    await client.query('COMMIT');
    return due;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // The connection may be what failed; the error says so.
    throw error;
  }
}

const EXPLANATIONS = new Map([
  ['28P01', 'the password is wrong, or the user does not exist. Correct DATABASE_URL'],
  ['28000', 'the server does not let this user in this way; it may want sslmode=require in DATABASE_URL'],
  ['3D000', 'there is no such database. Create it with createdb, or correct DATABASE_URL'],
  ['42501', 'this role has not the right to read the tables. Grant it SELECT, INSERT, UPDATE and DELETE on them'],
  [
    '42P07',
    'it has tables of another program by the same names. It was not changed; use another database, or another schema with options=-c search_path=NAME',
  ],
  ['53300', 'the server has no connection left. Raise its max_connections, or lower DATABASE_POOL_SIZE'],
  ['25006', 'it only reads at the moment: a standby, or a primary that is being replaced'],
  ['57P03', 'it is starting up or shutting down. Try again in a moment'],
  ['55P03', 'another process has been changing the schema for a minute. Wait until it is done'],
  ['ECONNREFUSED', 'nothing listens there. Start the server, or correct DATABASE_URL'],
  ['ENOTFOUND', 'there is no such host. Correct DATABASE_URL'],
  ['EAI_AGAIN', 'the name of the host cannot be looked up at the moment'],
]);

/** Every error between the first packet and the last migration keeps the program from starting, so each is told in one line. */
function explain(error: unknown, address: DatabaseAddress): StoreNotUsable {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = EXPLANATIONS.get(code) ?? reasonOf(error);
  return new StoreNotUsable(`PostgreSQL cannot be used (${address.shown}): ${reason}.`, { cause: error });
}

function reasonOf(error: unknown): string {
  // Node gives an AggregateError without a message when a name has several addresses.
  if (error instanceof AggregateError) return error.errors.map((each) => reasonOf(each)).join('; ');
  return error instanceof Error ? error.message : String(error);
}
