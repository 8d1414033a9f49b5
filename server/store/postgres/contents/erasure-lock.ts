// Serializes deletions of large accounts across processes: they share the names of their indexes, and each statement
// with CONCURRENTLY waits for the transactions of the others.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseAddress } from '../address/address.ts';
import { type Connected, connect } from '../connection/connect.ts';
import { toStoreError } from '../connection/errors.ts';
import { beginStatement, timeLimits } from '../connection/settings.ts';

/** The key of the advisory lock, an arbitrary number that nothing else uses. */
const LOCK_KEY = 0x45524153;

/** The functions that acquire the lock for the session or for the transaction. */
const SESSION = 'pg_try_advisory_lock';
const TRANSACTION = 'pg_try_advisory_xact_lock';

const CONNECT_TIMEOUT_MS = 5_000;

/** The interval between two attempts in milliseconds. */
const RETRY_MS = 250;

const WAITING = 'Another command is deleting a large account. Waiting until it has finished.';

/**
 * Connects, and runs `work` while no other process does so on the same database. If it has to wait for that, it calls
 * `onWait` once with the reason.
 *
 * @throws StoreUnavailableError
 */
export async function withErasureLock<T>(
  address: DatabaseAddress,
  onWait: (reason: string) => void,
  work: (connected: Connected) => Promise<T>,
): Promise<T> {
  const connected = await open(address);
  const clients = [connected.client];
  try {
    // Behind a pooler, only a transaction keeps a server connection, but CONCURRENTLY must run outside of one. So
    // another connection holds the lock.
    const holder = connected.pooled ? (await open(address)).client : connected.client;
    if (holder !== connected.client) clients.push(holder);
    const tryLock = connected.pooled ? () => beginWithLock(holder, address) : () => lock(holder, SESSION);
    if (!(await tryLock())) {
      onWait(WAITING);
      // Polls, because a statement that waits for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY waits
      // for the end of all snapshots: a deadlock.
      do await sleep(RETRY_MS);
      while (!(await tryLock()));
    }
    return await work(connected);
  } finally {
    // Ending the connection releases the lock.
    for (const client of clients) await client.end();
  }
}

async function open(address: DatabaseAddress): Promise<Connected> {
  return connect(address, CONNECT_TIMEOUT_MS).catch((error: unknown) => {
    throw toStoreError(error);
  });
}

/** Begins a transaction with the lock. It holds no snapshot afterwards, so nothing waits for its end. */
async function beginWithLock(client: pg.Client, address: DatabaseAddress): Promise<boolean> {
  try {
    await client.query(beginStatement(address, timeLimits(0)));
  } catch (error) {
    throw toStoreError(error);
  }
  if (await lock(client, TRANSACTION)) return true;
  await client.query('ROLLBACK');
  return false;
}

/** Tries to acquire the lock. Returns false if another process holds it. */
async function lock(client: pg.Client, duration: typeof SESSION | typeof TRANSACTION): Promise<boolean> {
  try {
    const { rows } = await client.query<{ locked: boolean }>(`SELECT ${duration}(${LOCK_KEY}) AS locked`);
    return rows[0]?.locked === true;
  } catch (error) {
    throw toStoreError(error);
  }
}
