// Indexes that exist while a large account is deleted. PostgreSQL looks for rows that refer to each deleted row, and
// those that the same transaction has deleted are still in the indexes that begin with the account: without an index of
// the reference, the time grows with the square of the account. 30,000 customers with as many organizations took more
// than two minutes, and 4 s with these indexes.
//
// They are not part of the schema, because they take 19 % more processor time of PostgreSQL, and 28 % more of its log,
// for each create with two members. Nor do they begin with the account, as all others do: PostgreSQL would choose one
// of them for the foreign keys of creates when it believes a table to be empty, and read all of the account for each.
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

/** Pairs of rows to compare, from which on the indexes take less time than they save: about 2 s. */
const LARGE = 10_000_000;

/** Whether deleting an account takes long without these indexes. */
export function needsErasureIndexes({ customers, organizations }: AccountContents): boolean {
  return organizations * (customers + organizations) > LARGE;
}

interface ErasureOptions {
  address: DatabaseAddress;
  /** Sends statements over other connections. */
  read: Query;
  /** Called with the reason when the deletion has to wait for others. */
  onWait: (reason: string) => void;
  /** Asked when no other runs: that one may have deleted the same account. */
  isLarge: () => Promise<boolean>;
}

/**
 * Runs `work` while there are these indexes, or without them if this role may not create any. Creates go on meanwhile;
 * other deletions of large accounts wait. An index that a killed process has left is replaced.
 *
 * @throws StoreUnavailableError
 */
export async function withErasureIndexes<T>(
  { address, read, onWait, isLarge }: ErasureOptions,
  work: (hasIndexes: boolean) => Promise<T>,
): Promise<T> {
  return withErasureLock(address, onWait, async ({ client, pooled }) => {
    // Settings of a session do not go through a pooler.
    if (!pooled) await client.query('SET statement_timeout = 0');
    if (!(await isLarge())) return work(false);
    const watched = <R>(change: Promise<R>) => reportBlockers(change, read, onWait);
    try {
      return await work(await watched(createIndexes(client)));
    } finally {
      // If it fails, an index is left, which the next erasure removes.
      await watched(dropIndexes(client)).catch(() => {});
    }
  });
}

/** Returns false if this role may not. */
async function createIndexes(client: pg.Client): Promise<boolean> {
  try {
    await dropIndexes(client);
    // Outside a transaction, as CONCURRENTLY demands.
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
