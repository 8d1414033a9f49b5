// Updates the schema of a PostgreSQL database, once, even when several processes try; or says in one line why it
// cannot.
import type pg from 'pg';
import {
  type AppliedMigration,
  describeNewer,
  describeOlder,
  type MigrateMode,
  type Migration,
  readMigrations,
  refusesMigration,
  type SchemaState,
  schemaState,
  worksWith,
} from '../../migrations.ts';
import { StoreOpenError, StoreUnavailableError } from '../../store-errors.ts';
import { measureSkew } from '../connection/clock-skew.ts';
import { COMMIT_TIMEOUT_MS, commitWithin } from '../connection/commit.ts';
import { INSUFFICIENT_PRIVILEGE, sqlStateOf } from '../connection/errors.ts';
import { describeNoSlot, PROTOCOL_VIOLATION } from '../connection/no-slot.ts';
import { beginStatement, connect, MissingPasswordError, StandbyError } from '../connection/session.ts';
import { readSlots, type Slots } from '../connection/slots.ts';
import { findStalledCommits } from '../connection/stalled-commits.ts';
import type { DatabaseAddress, DatabaseHost } from '../connection/url.ts';
import { WRITE_NOTHING } from '../statements.ts';

const MIGRATIONS = new URL('migrations/', import.meta.url);

export const readPostgresMigrations = (): Migration[] => readMigrations(MIGRATIONS);

/** "CORG": the key of the advisory lock that one migration at a time holds. */
const LOCK_KEY = 0x434f5247;

/** How long a start waits for the server, and for the migration of another process. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 60_000;

export interface SchemaOptions {
  migrate: MigrateMode;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Default: those of this package. */
  migrations?: readonly Migration[];
}

export interface PreparedSchema {
  /** The names of the migrations that were applied. */
  applied: string[];
  /** Whether a connection pooler is in between. */
  pooled: boolean;
  /** The hosts, beginning with the one that accepts writes. */
  hosts: DatabaseHost[];
  /** How far the clock of this host is ahead of the clock of the database, at least, in milliseconds. */
  skewMs: number;
  /** Undefined behind a pooler, and for a server that does not report it. */
  slots: Slots | undefined;
}

/** Returns what `migrate` would do. @throws StoreOpenError */
export async function readSchemaState(address: DatabaseAddress): Promise<SchemaState> {
  let client: pg.Client | undefined;
  try {
    const connected = await connect(address, CONNECT_TIMEOUT_MS);
    client = connected.client;
    const migrations = readPostgresMigrations();
    const version = await inTransaction(client, address, () => readSchema(connected.client, address, migrations));
    return schemaState(version, migrations);
  } catch (error) {
    throw error instanceof StoreOpenError ? error : toOpenError(error, address);
  } finally {
    await client?.end();
  }
}

/**
 * Applies the missing migrations in one transaction. Where `migrate` forbids it, an older schema is an
 * error.
 *
 * @throws StoreOpenError
 */
export async function prepareSchema(address: DatabaseAddress, options: SchemaOptions): Promise<PreparedSchema> {
  let client: pg.Client | undefined;
  try {
    const connected = await connect(address, CONNECT_TIMEOUT_MS);
    client = connected.client;
    const { pooled, hosts } = connected;
    const applied = await applyMigrations(client, address, options);
    const skewMs = await measureSkew(client, options.now ?? Date.now);
    return { applied, pooled, hosts, skewMs, slots: pooled ? undefined : await readSlots(client) };
  } catch (error) {
    throw error instanceof StoreOpenError ? error : toOpenError(error, address);
  } finally {
    await client?.end();
  }
}

async function applyMigrations(client: pg.Client, address: DatabaseAddress, options: SchemaOptions): Promise<string[]> {
  const { migrate, migrations = readPostgresMigrations() } = options;
  const known = migrations.length;
  const version = await inTransaction(client, address, () => readSchema(client, address, migrations));
  if (version >= known) return [];
  if (refusesMigration(migrate, version)) throw new StoreOpenError(describeOlder(address.displayName, version, known));
  try {
    await requireConfirmedCommits(client, address);
    return await inTransaction(client, address, () => applyMissing(client, migrations));
  } catch (error) {
    if (error instanceof StoreUnavailableError && error.mayBeStored)
      throw new StoreOpenError(
        `${error.message} The migration of ${address.displayName} may have been applied, or may be later, as when a ` +
          'synchronous standby is back; the tables may be locked until then. `migrate --check` says whether it was.',
        { cause: error, mayBeStored: true },
      );
    // On the schema, or on tables that another role owns.
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE)
      throw new StoreOpenError(
        `${describeOlder(address.displayName, version, known)} This role may not do that: ${messageOf(error)}.`,
        { cause: error },
      );
    throw error;
  }
}

/**
 * Checks that this code works with the schema, and that its tables are there. Returns its version, or 0.
 *
 * @throws StoreOpenError
 */
async function readSchema(
  client: pg.Client,
  { displayName }: DatabaseAddress,
  migrations: readonly Migration[],
): Promise<number> {
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

/** The tables that a migration creates. */
const tablesOf = (sql: string) => [...sql.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name = '']) => name);

/** In one transaction, so that nobody sees a schema between two versions. */
async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  const applied: string[] = [];
  for (const migration of migrations) if (await applyMigration(client, migration)) applied.push(migration.name);
  return applied;
}

const versionOf = (applied: readonly AppliedMigration[]) => Math.max(0, ...applied.map(({ version }) => version));

/** Returns none without the table, which is the last thing that the first migration creates. */
async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query(
    // `to_regclass` reads a cache of the session, in which the table is still missing after waiting for the lock.
    `SELECT EXISTS (
       SELECT 1 FROM pg_class WHERE relname = 'customer_organizations_migrations' AND pg_table_is_visible(oid)
     ) AS present`,
  );
  if (!rows[0]?.present) return [];
  const read = await client.query<{ version: number; oldest_code: number | null }>(
    // Older code created the table without the column.
    `SELECT version, (to_jsonb(m) ->> 'oldest_code')::int AS oldest_code FROM customer_organizations_migrations m`,
  );
  return read.rows.map((row) => ({ version: row.version, oldestCode: row.oldest_code ?? undefined }));
}

/** Rolls back when `work` rejects. */
async function inTransaction<T>(client: pg.Client, address: DatabaseAddress, work: () => Promise<T>): Promise<T> {
  await client.query(beginStatement(address, { lock_timeout: String(LOCK_TIMEOUT_MS), statement_timeout: '0' }));
  try {
    const result = await work();
    await commitWithin(client, COMMIT_TIMEOUT_MS);
    return result;
  } catch (error) {
    // A rollback would wait behind the commit.
    if (error instanceof StoreUnavailableError && error.mayBeStored) throw error;
    await client.query('ROLLBACK').catch(() => {}); // The connection may have failed, which the error says.
    throw error;
  }
}

/** How long a commit of nothing may take. It waits for synchronous standbys, without an end if they are gone. */
const CONFIRM_LIMIT_MS = 5_000;

/** Commits nothing: a migration could not be taken back once its commit waits, and would lock the tables meanwhile. */
async function requireConfirmedCommits(client: pg.Client, { displayName }: DatabaseAddress): Promise<void> {
  // Each commit that is given up leaves a process of the server waiting.
  const stalled = await findStalledCommits(async (statement) => (await client.query(statement)).rows);
  if (stalled)
    throw new StoreOpenError(`Cannot migrate PostgreSQL (${displayName}). ${stalled.message} Nothing was changed.`, {
      mayPass: true,
      cause: stalled,
    });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    // Closes the connection at once, because a statement runs.
    client.end().catch(() => {});
  }, CONFIRM_LIMIT_MS);
  try {
    await client.query(WRITE_NOTHING);
  } catch (error) {
    // What else is wrong is an error of the migration.
    if (!isLate) return;
    throw new StoreOpenError(
      `Cannot migrate PostgreSQL (${displayName}): it does not confirm commits. Nothing was changed. It may wait for ` +
        'a synchronous standby that is gone: start the standby, or change synchronous_standby_names.',
      { mayPass: true, cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Returns false if another process was faster, which is checked under the lock. */
async function applyMigration(client: pg.Client, { version, name, oldestCode, sql }: Migration): Promise<boolean> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK_KEY]);
  if (versionOf(await readApplied(client)) >= version) return false;
  await client.query(sql);
  await client.query(
    `CREATE TABLE IF NOT EXISTS customer_organizations_migrations (
       version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL
     );
     ALTER TABLE customer_organizations_migrations ADD COLUMN IF NOT EXISTS oldest_code integer`,
  );
  await client.query(
    'INSERT INTO customer_organizations_migrations (version, name, applied_at, oldest_code) VALUES ($1, $2, now(), $3)',
    [version, name, oldestCode],
  );
  return true;
}

const NO_PASSWORD =
  'the server asks for a password, and there is none in DATABASE_URL, PGPASSWORD, PGPASSWORD_FILE or ~/.pgpass';

const EXPLANATIONS = new Map([
  [
    '28P01',
    'the password is wrong, or the user does not exist. ' +
      'It comes from DATABASE_URL, PGPASSWORD, PGPASSWORD_FILE or ~/.pgpass, whichever is found first',
  ],
  ['3D000', 'there is no such database. Create it with createdb, or correct DATABASE_URL'],
  ['42501', 'this role may not read the tables. Grant it SELECT, INSERT, UPDATE and DELETE on them'],
  [
    '42P07',
    'it has tables of another program with the same names. It was not changed; use another database, ' +
      'or another schema with options=-c search_path=NAME',
  ],
  ['25006', 'it is read-only at the moment: a standby, or a primary that is being replaced'],
  ['57P03', 'it is starting up or shutting down. Try again in a moment'],
  ['55P03', 'another process has been migrating for a minute. Wait until it has finished'],
  ['ECONNREFUSED', 'nothing listens there. Start the server, or correct DATABASE_URL'],
  ['ENOENT', 'there is no such Unix socket. Start the server, or correct DATABASE_URL'],
  ['ETIMEDOUT', 'it did not respond in time. Correct DATABASE_URL, or look for a firewall in between'],
  ['ENOTFOUND', 'there is no such host. Correct DATABASE_URL'],
  ['EAI_AGAIN', 'the name of the host cannot be resolved at the moment'],
]);

/** Describes any error from connecting to the last migration in one line. */
function toOpenError(error: unknown, address: DatabaseAddress): StoreOpenError {
  const code = codeOf(error);
  const reason = EXPLANATIONS.get(code) ?? describeByMessage(error, code, address);
  return new StoreOpenError(`Cannot use PostgreSQL (${address.displayName}): ${reason}.`, {
    mayPass: mayPass(error, code),
    cause: error,
  });
}

/** Errors of a server that is not up yet or has no free slot: SQLSTATEs, and error codes of the operating system. */
const TRANSIENT_SQLSTATE = /^(57P0[1-5]|53...|08...|25006)$/;
const TRANSIENT_SYSTEM_CODE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

function mayPass(error: unknown, code: string): boolean {
  if (error instanceof StandbyError) return true;
  if (error instanceof AggregateError) return error.errors.some((each) => mayPass(each, codeOf(each)));
  // Errors of pg itself have no code: the connection was closed or timed out.
  return code === ''
    ? error instanceof Error && /terminat|timeout/i.test(error.message)
    : TRANSIENT_SQLSTATE.test(code) || TRANSIENT_SYSTEM_CODE.test(code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** What the server's own sentence says best. */
function describeByMessage(error: unknown, code: string, { host, ssl }: DatabaseAddress): string {
  if (error instanceof MissingPasswordError) return NO_PASSWORD;
  const noSlot = describeNoSlot(error);
  if (noSlot !== undefined) return noSlot;
  if (code === PROTOCOL_VIOLATION) return describeRefusal(error);
  // invalid_authorization_specification: no such role, or pg_hba.conf has no entry for it.
  if (code === '28000') {
    // A socket is never encrypted.
    const hint = ssl === false && !host?.startsWith('/') ? '; it may need sslmode=require' : '';
    return `the server rejects this user: ${messageOf(error)}. Correct DATABASE_URL${hint}`;
  }
  return messageOf(error);
}

/** PgBouncer refuses other things as well, such as databases that it does not know. */
function describeRefusal(error: unknown): string {
  const reason = messageOf(error);
  const advice = /pooling mode/.test(reason) ? '. PgBouncer needs pool_mode=transaction or session' : '';
  return `the connection pooler refuses this: ${reason}${advice}`;
}

function messageOf(error: unknown): string {
  // Node rejects with an AggregateError without a message when a name has several addresses.
  if (error instanceof AggregateError) return error.errors.map((each) => messageOf(each)).join('; ');
  return error instanceof Error ? error.message : String(error);
}
