// Updates the schema of a PostgreSQL database, once even if several processes try, or reports in one line why it
// cannot.
import type pg from 'pg';
import {
  describeOlder,
  type MigrateMode,
  type Migration,
  readMigrations,
  rejectsMigration,
  type SchemaState,
  schemaState,
} from '../../migrations.ts';
import { StoreOpenError, StoreUnavailableError } from '../../store-errors.ts';
import type { DatabaseAddress, DatabaseHost } from '../address/address.ts';
import { measureSkew } from '../connection/clock-skew.ts';
import { COMMIT_TIMEOUT_MS, commitWithin } from '../connection/commit.ts';
import { causeOfLoss, connect } from '../connection/connect.ts';
import { INSUFFICIENT_PRIVILEGE, sqlStateOf } from '../connection/errors.ts';
import { beginStatement, timeLimits } from '../connection/settings.ts';
import { readSlots, type Slots } from '../connection/slots.ts';
import { requireConfirmedCommits } from './confirmed-commits.ts';
import { messageOf, toOpenError } from './open-error.ts';
import { readApplied, readSchema, versionOf } from './read-schema.ts';

const MIGRATIONS = new URL('migrations/', import.meta.url);

export const readPostgresMigrations = (): Migration[] => readMigrations(MIGRATIONS);

/** "CORG": the key of the advisory lock that one migration at a time holds. */
const LOCK_KEY = 0x434f5247;

/** The time limits for connecting to the server, and for waiting for the migration of another process. */
const CONNECT_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 60_000;

export interface SchemaOptions {
  migrate: MigrateMode;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** The migrations. Default: those of this package. */
  migrations?: readonly Migration[];
}

export interface PreparedSchema {
  /** The names of the migrations that were applied. */
  applied: string[];
  /** Whether the connection goes through a pooler. */
  pooled: boolean;
  /** The hosts, starting with the one that accepts writes. */
  hosts: DatabaseHost[];
  /** The minimum by which the clock of this host is ahead of that of the database, in milliseconds. */
  skewMs: number;
  /** The available connections; undefined behind a pooler, and for a server that does not report them. */
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
    throw error instanceof StoreOpenError ? error : toOpenError((client && causeOfLoss(client)) ?? error, address);
  } finally {
    await client?.end();
  }
}

/**
 * Applies the missing migrations in one transaction. If `migrate` does not allow that, an older schema is an error.
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
    throw error instanceof StoreOpenError ? error : toOpenError((client && causeOfLoss(client)) ?? error, address);
  } finally {
    await client?.end();
  }
}

async function applyMigrations(client: pg.Client, address: DatabaseAddress, options: SchemaOptions): Promise<string[]> {
  const { migrate, migrations = readPostgresMigrations() } = options;
  const known = migrations.length;
  const version = await inTransaction(client, address, () => readSchema(client, address, migrations));
  if (version >= known) return [];
  const older = describeOlder(address.displayName, {
    version,
    needed: known,
    requirement: ' with a role that may create tables',
  });
  if (rejectsMigration(migrate, version)) throw new StoreOpenError(older);
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
    // The privilege is missing on the schema, or on tables that another role owns.
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE)
      throw new StoreOpenError(`${older} This role may not do that: ${messageOf(error)}.`, { cause: error });
    throw error;
  }
}

/** Applies migrations in one transaction, so that nobody sees a schema between two versions. */
async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  const applied: string[] = [];
  for (const migration of migrations) if (await applyMigration(client, migration)) applied.push(migration.name);
  return applied;
}

/** Runs `work` in a transaction, which is rolled back when `work` rejects. */
async function inTransaction<T>(client: pg.Client, address: DatabaseAddress, work: () => Promise<T>): Promise<T> {
  await client.query(beginStatement(address, { lock_timeout: String(LOCK_TIMEOUT_MS), ...timeLimits(0) }));
  try {
    const result = await work();
    await commitWithin(client, COMMIT_TIMEOUT_MS);
    return result;
  } catch (error) {
    // A rollback would wait behind the commit.
    if (error instanceof StoreUnavailableError && error.mayBeStored) throw error;
    await client.query('ROLLBACK').catch(() => {}); // The connection may have failed, which `error` reports.
    throw error;
  }
}

/** Applies a migration. Returns false if another process was faster, which is checked under the lock. */
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
