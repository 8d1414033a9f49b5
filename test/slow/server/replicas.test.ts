// Two server processes on one database, which share all knowledge.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { addTeam, create, type Replica, startReplica } from '../../support/process/replicas.ts';

/** The requests per minute for each key. */
const LIMIT = 60;

let postgres: TestPostgres;
let database: string;
let store: Store;
let servers: Replica[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  database = await postgres.createDatabase();
  store = await openPostgresStore({ url: database });
  servers = await Promise.all(
    [1, 2].map(() => startReplica({ DATABASE_URL: database, RATE_LIMIT_PER_MINUTE: String(LIMIT) })),
  );
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill('SIGKILL')));
  await store?.close();
  await postgres?.close();
});

/** Returns the URLs in turn. */
const urlOf = (turn: number) => servers[turn % servers.length]?.url ?? '';

describe('two servers on one database', () => {
  it('create one organization and return 50 equal responses to 50 equal requests with one key', async () => {
    const team = await addTeam(store);

    const responses = await Promise.all(Array.from({ length: 50 }, (_, turn) => create(urlOf(turn), team, 'one-key')));

    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
    expect(responses.filter(({ headers }) => headers['idempotency-replayed'] === 'true')).toHaveLength(49);
    expect(
      await postgres.query(database, 'SELECT FROM organizations WHERE account_id = $1', [team.account]),
    ).toHaveLength(1);
  });

  it('return 409 when the other one had the idempotency key with another request', async () => {
    const team = await addTeam(store);
    const other = { ...team, body: { ...team.body, memberIds: [] } };

    const responses = [await create(urlOf(0), team, 'k'), await create(urlOf(1), other, 'k')];

    expect(responses.map(({ status }) => status)).toEqual([201, 409]);
  });

  it('return 401 when the API key was revoked on the other one', async () => {
    const team = await addTeam(store);
    const before = await Promise.all([0, 1].map((turn) => create(urlOf(turn), team)));

    await store.revokeApiKey(team.clientId);

    expect(before.map(({ status }) => status)).toEqual([201, 201]);
    for (const turn of [0, 1])
      await vi.waitFor(async () => expect((await create(urlOf(turn), team)).status).toBe(401), { timeout: 20_000 });
  });

  it('share one rate limit, and return its end in Retry-After', async () => {
    const team = await addTeam(store);

    const responses = await Promise.all(Array.from({ length: 2 * LIMIT }, (_, turn) => create(urlOf(turn), team)));

    const passed = responses.filter(({ status }) => status === 201).length;
    const rejected = responses.filter(({ status }) => status === 429);
    expect(passed + rejected.length).toBe(2 * LIMIT);
    expect(passed).toBeLessThanOrEqual(LIMIT);
    // Each process may have a batch left that the other one could have used.
    expect(passed).toBeGreaterThanOrEqual(LIMIT - 2 * Math.ceil(LIMIT / 50));
    for (const { headers } of rejected) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('shut down gracefully', async () => {
    const [first] = servers;

    expect(await first?.kill('SIGTERM')).toBe(0);
    expect(first?.output()).toContain('"closed"');
  });
});
