// Commits the transaction of a command. PostgreSQL may wait for a synchronous standby indefinitely, without a result,
// and the transaction can then no longer be rolled back.
import { StoreUnavailableError } from '../../store-errors.ts';
import { classifyError, toStoreError } from './errors.ts';

/** The default time limit, long enough for a standby to write the rest of a large import. */
export const COMMIT_TIMEOUT_MS = 30_000;

/** The part of a client that is used. */
interface Committing {
  query(text: string): Promise<unknown>;
}

/**
 * Sends COMMIT, and waits for its result until the time limit or until the signal aborts.
 *
 * @throws StoreUnavailableError, with `mayBeStored` unless the server reported a rollback
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
    // The commit rejects later, too, when the connection is closed.
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
