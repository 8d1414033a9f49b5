// Waits for PostgreSQL with a time limit or a signal.
import type pg from 'pg';
import { StoreUnavailableError } from '../../store-errors.ts';

/** Rejects after the time limit. A connection that is established later goes back to the pool. */
export async function connectWithin(limitMs: number, connecting: Promise<pg.PoolClient>): Promise<pg.PoolClient> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new StoreUnavailableError('There was no connection to PostgreSQL in time.', { kind: 'connection' }));
    }, limitMs);
    connecting
      .then((client) => (isLate ? client.release() : resolve(client)), reject)
      .finally(() => clearTimeout(timer));
  });
}

/** Rejects with the reason of the signal at once, whatever the work waits for. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    // The work rejects later, too, when its connection is closed.
    work.catch(() => {});
  }
}
