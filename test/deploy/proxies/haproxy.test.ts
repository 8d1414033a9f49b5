// Two servers behind haproxy with its default checks: one leaves under load, and no client notices.
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { startHaproxy } from '../../support/process/haproxy.ts';
import { addTeam, startLoad, startReplica } from '../../support/process/replicas.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

describe('a server that leaves with SIGTERM under load', () => {
  it('fails no request with a SHUTDOWN_DELAY_MS beyond the 6 s that haproxy takes to notice', async () => {
    const database = await postgres.createDatabase();
    const store = await openPostgresStore({ url: database });
    onTestFinished(() => store.close());
    const team = await addTeam(store);
    const settings = { DATABASE_URL: database, SHUTDOWN_DELAY_MS: '8000' };
    const servers = await Promise.all([startReplica(settings), startReplica(settings)]);
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.kill('SIGKILL')));
    });
    const proxy = await startHaproxy(servers.map(({ url }) => url));
    onTestFinished(() => proxy.close());
    const load = startLoad(() => proxy.url, team, 32);
    await vi.waitUntil(() => load.acknowledgedAt.length > 200, { timeout: 20_000 });

    const code = await servers[0]?.kill('SIGTERM');
    const before = load.acknowledgedAt.length;
    await vi.waitUntil(() => load.acknowledgedAt.length > before + 200, { timeout: 20_000 });
    await load.stop();

    expect(code).toBe(0);
    expect(Object.keys(load.counts)).toEqual(['201']);
    expect(load.unexpected).toEqual([]);
  });
});
