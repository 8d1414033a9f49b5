// Indexes that exist while a large account is deleted. For each deleted row, PostgreSQL searches for rows that
// reference it, and rows that the same transaction has deleted are still in the indexes that begin with the account.
// Without an index on the reference, the time is quadratic in the size of the account: 30,000 customers with as many
// organizations took more than two minutes, and 4 s with these indexes.
//
// They are not part of the schema, because they would cost each create with two members 19 % more processor time in
// PostgreSQL, and 28 % more WAL. Unlike all other indexes, they do not begin with the account: PostgreSQL would use one
// for the foreign keys of creates when it believes a table to be empty, and read the whole account each time.
import type pg from 'pg';
import type { AccountContents } from '../../store.ts';
import type { DatabaseAddress } from '../address/address.ts';
import { INSUFFICIENT_PRIVILEGE, sqlStateOf, toStoreError } from '../connection/errors.ts';
import type { Query } from '../connection/query.ts';
import { reportBlockers } from './erasure-blockers.ts';
import { withErasureLock } from './erasure-lock.ts';

const INDEXES = [
  { name: 'erasure_organizations', on: 'organizations (owner_id)' },
  { name: 'erasure_members', on: 'organization_members (customer_id)' },
  { name: 'erasure_idempotency_keys', on: 'idempotency_keys (organization_id)' },
];

/** The number of row comparisons, about 2 s, from which on the indexes save more time than they take. */
const LARGE = 10_000_000;

/** Returns whether deleting an account would take long without these indexes. */
export function needsErasureIndexes({ customers, organizations }: AccountContents): boolean {
  return organizations * (customers + organizations) > LARGE;
}

interface ErasureOptions {
  address: DatabaseAddress;
  /** Sends statements over other connections. */
  read: Query;
  /** Called with the reason when the deletion has to wait for other transactions. */
  onWait: (reason: string) => void;
  /** Called when no other erasure is running, because that one may have deleted the same account. */
  isLarge: () => Promise<boolean>;
}

/**
 * Runs `work` while these indexes exist, or without them if this role may not create any. Creates continue meanwhile;
 * other deletions of large accounts wait. An index that a killed process has left behind is replaced.
 *
 * @throws StoreUnavailableError
 */
export async function withErasureIndexes<T>(
  { address, read, onWait, isLarge }: ErasureOptions,
  work: (hasIndexes: boolean) => Promise<T>,
): Promise<T> {
  return withErasureLock(address, onWait, async ({ client, pooled }) => {
    // Session settings do not work through a pooler.
    if (!pooled) await client.query('SET statement_timeout = 0');
    if (!(await isLarge())) return work(false);
    const watched = <R>(change: Promise<R>) => reportBlockers(change, read, onWait);
    try {
      return await work(await watched(createIndexes(client)));
    } finally {
      // If this fails, the next erasure removes the remaining index.
      await watched(dropIndexes(client)).catch(() => {});
    }
  });
}

/** Creates the indexes. Returns false if this role lacks the privilege. */
async function createIndexes(client: pg.Client): Promise<boolean> {
  try {
    await dropIndexes(client);
    // CONCURRENTLY is not allowed inside a transaction.
    for (const { name, on } of INDEXES) await client.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
    return true;
  } catch (error) {
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    throw toStoreError(error);
  }
}

async function dropIndexes(client: pg.Client): Promise<void> {
  for (const { name } of INDEXES) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
}
