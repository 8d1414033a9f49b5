// Deletions of large accounts run one after the other, whichever processes they are in: they share the names of their
// indexes, and each statement with CONCURRENTLY waits for transactions of the others.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DatabaseAddress } from '../address/address.ts';
import { type Connected, connect } from '../connection/connect.ts';
import { toStoreError } from '../connection/errors.ts';
import { beginStatement, timeLimits } from '../connection/settings.ts';

/** Any number that nothing else uses as the key of an advisory lock. */
const LOCK_KEY = 0x45524153;

/** How long it is held. */
const SESSION = 'pg_try_advisory_lock';
const TRANSACTION = 'pg_try_advisory_xact_lock';

const CONNECT_TIMEOUT_MS = 5_000;

/** Between two attempts, in milliseconds. */
const RETRY_MS = 250;

const WAITING = 'Another command is deleting a large account. Waiting until it has finished.';

/**
 * Connects, and runs `work` while no other process does this on the same database. `onWait` is called once, with the
 * reason, if it has to wait for that.
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
    // A pooler ties a connection of the server to a transaction only, and CONCURRENTLY needs to be outside of one.
    const holder = connected.pooled ? (await open(address)).client : connected.client;
    if (holder !== connected.client) clients.push(holder);
    const tryLock = connected.pooled ? () => beginWithLock(holder, address) : () => lock(holder, SESSION);
    if (!(await tryLock())) {
      onWait(WAITING);
      // A statement that waits for the lock has a snapshot, for whose end CREATE INDEX CONCURRENTLY waits: a deadlock.
      do await sleep(RETRY_MS);
      while (!(await tryLock()));
    }
    return await work(connected);
  } finally {
    // Which unlocks.
    for (const client of clients) await client.end();
  }
}

async function open(address: DatabaseAddress): Promise<Connected> {
  return connect(address, CONNECT_TIMEOUT_MS).catch((error: unknown) => {
    throw toStoreError(error);
  });
}

/** The transaction has no snapshot after that, so nothing waits for its end. */
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

/** Returns false if another has the lock. */
async function lock(client: pg.Client, duration: typeof SESSION | typeof TRANSACTION): Promise<boolean> {
  try {
    const { rows } = await client.query<{ locked: boolean }>(`SELECT ${duration}(${LOCK_KEY}) AS locked`);
    return rows[0]?.locked === true;
  } catch (error) {
    throw toStoreError(error);
  }
}
