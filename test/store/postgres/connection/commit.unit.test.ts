// The commit of a command: confirmed, rolled back, or neither.
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { commitWithin } from '../../../../server/store/postgres/connection/commit.ts';

const LONG_MS = 60_000;
const client = (commit: () => Promise<unknown>) => ({ query: commit });

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('could not commit', 0, 'error');
  error.code = code;
  return error;
}

describe('commitWithin', () => {
  it('resolves when the commit is confirmed', async () => {
    const sent: string[] = [];
    const query = async (text: string) => void sent.push(text);

    await commitWithin({ query }, LONG_MS, new AbortController().signal);

    expect(sent).toEqual(['COMMIT']);
  });

  it.each([
    ['a connection that breaks', new Error('Connection terminated unexpectedly')],
    ['a shutdown of the server', databaseError('57P01')],
    ['a lost connection', databaseError('08006')],
  ])('does not know whether the change was made after %s', async (_, error) => {
    const committing = commitWithin(
      client(() => Promise.reject(error)),
      LONG_MS,
    );

    await expect(committing).rejects.toMatchObject({ kind: 'connection', mayBeStored: true, cause: error });
  });

  it.each([
    ['40001', 'conflict'],
    ['23503', 'conflict'],
    ['23514', 'schema'],
    ['53100', 'full'],
  ])('knows that nothing was changed when the server says %s', async (code, kind) => {
    const committing = commitWithin(
      client(() => Promise.reject(databaseError(code))),
      LONG_MS,
    );

    await expect(committing).rejects.toMatchObject({ name: 'StoreUnavailableError', kind, mayBeStored: false });
  });

  it('gives up after the time limit', async () => {
    const committing = commitWithin(
      client(() => new Promise(() => {})),
      1,
    );

    await expect(committing).rejects.toMatchObject({
      message: 'PostgreSQL has not confirmed the commit within 0.001 s.',
      kind: 'timeout',
      mayBeStored: true,
    });
  });

  it.each(['before it is sent', 'while it waits'])('gives up at once when the signal aborts %s', async (when) => {
    const controller = new AbortController();
    if (when === 'before it is sent') controller.abort();

    const committing = commitWithin(
      client(() => new Promise(() => {})),
      LONG_MS,
      controller.signal,
    );
    controller.abort();

    await expect(committing).rejects.toMatchObject({
      message: 'PostgreSQL has not confirmed the commit yet.',
      mayBeStored: true,
    });
  });
});
