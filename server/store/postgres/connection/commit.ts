// Commits the transaction of a command. PostgreSQL sends no result while it waits for a synchronous standby, without an
// end, and the transaction cannot be rolled back any more.
import { StoreUnavailableError } from '../../store-errors.ts';
import { classifyError, toStoreError } from './errors.ts';

/** Long enough for a standby to write what remains of a large import. */
export const COMMIT_TIMEOUT_MS = 30_000;

/** The part of a connection that is used. */
interface Committing {
  query(text: string): Promise<unknown>;
}

/**
 * Sends COMMIT, and waits for its result at most as long as that, or until the signal aborts.
 *
 * @throws StoreUnavailableError; `mayBeStored` unless the server said that it has rolled back
 */
export async function commitWithin(client: Committing, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const { promise: gaveUp, reject } = Promise.withResolvers<never>();
  const giveUp = (reason: string) =>
    reject(
      new StoreUnavailableError(`PostgreSQL has not confirmed the commit ${reason}.`, {
        kind: 'timeout',
        mayBeStored: true,
      }),
    );
  const stop = () => giveUp('yet');
  const timer = setTimeout(() => giveUp(`within ${timeoutMs / 1000} s`), timeoutMs);
  signal?.addEventListener('abort', stop);
  try {
    const commit = client.query('COMMIT');
    // It rejects as well when the connection is closed after giving up.
    commit.catch(() => {});
    if (signal?.aborted) stop();
    await Promise.race([commit, gaveUp]);
  } catch (error) {
    if (classifyError(error) !== 'lost') throw toStoreError(error);
    throw new StoreUnavailableError('The connection to PostgreSQL was lost before it confirmed the commit.', {
      kind: 'connection',
      mayBeStored: true,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
