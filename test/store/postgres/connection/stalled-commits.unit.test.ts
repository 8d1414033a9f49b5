// Commits that are held back while a synchronous standby is missing.
import { expect, it } from 'vitest';
import type { Query } from '../../../../server/store/postgres/connection/query.ts';
import { StalledCommits } from '../../../../server/store/postgres/connection/stalled-commits.ts';
import { StoreUnavailableError } from '../../../../server/store/store-errors.ts';

const STALLED = { seconds: 3, standbys: 'gone' };
const NONE = { seconds: null, standbys: 'gone' };
const TOO_SLOW = new StoreUnavailableError('There is no connection to PostgreSQL.', { kind: 'connection' });

/** Commits, one of which took too long and was found waiting, with look-ups whose results a test sets. */
async function createStalledCommits() {
  const state: { nowMs: number; look: unknown; sent: number } = { nowMs: 0, look: STALLED, sent: 0 };
  // It only responds to the one look-up, with its own rows.
  const query = (() =>
    state.look instanceof Error ? Promise.reject(state.look) : Promise.resolve([state.look])) as Query;
  const commits = new StalledCommits(query, () => state.nowMs);
  commits.suspect();
  const run = () =>
    commits.run(async () => {
      state.sent++;
      return 'stored';
    });
  await expect(run()).rejects.toMatchObject({ kind: 'standby' });
  return { state, run };
}

it('sends no commit while look-ups fail within 5 s after one that found commits waiting', async () => {
  const { state, run } = await createStalledCommits();
  state.look = TOO_SLOW;
  state.nowMs = 4999;

  await expect(run()).rejects.toMatchObject({ kind: 'standby' });
  expect(state.sent).toBe(0);
});

it('sends commits again when look-ups have failed for 5 s', async () => {
  const { state, run } = await createStalledCommits();
  state.look = TOO_SLOW;
  state.nowMs = 5000;

  await expect(run()).resolves.toBe('stored');
});

it('sends commits again once a look-up finds none waiting', async () => {
  const { state, run } = await createStalledCommits();
  state.look = NONE;
  state.nowMs = 1000;
  await expect(run()).resolves.toBe('stored');

  state.look = TOO_SLOW;
  state.nowMs = 2000;
  await expect(run()).resolves.toBe('stored');
});
