// A revoked key is rejected by every replica within 5 s.
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import type { Store } from '../../server/store/store.ts';
import { startPostgres, type TestPostgres } from '../support/postgres/postgres.ts';
import { addTeam, create, type Replica, startReplica } from '../support/process/replicas.ts';

let postgres: TestPostgres;
let store: Store;
let replica: Replica;

beforeAll(async () => {
  postgres = await startPostgres();
  const database = await postgres.createDatabase();
  store = await openPostgresStore({ url: database });
  replica = await startReplica({ DATABASE_URL: database });
});
afterAll(async () => {
  await replica?.kill('SIGKILL');
  await store?.close();
  await postgres?.close();
});

describe('a revoked key', () => {
  it('returns 401 within 5 s on a server that did not revoke it', async () => {
    const team = await addTeam(store);
    expect((await create(replica.url, team)).status).toBe(201);

    await store.revokeApiKey(team.clientId);
    const revokedAt = performance.now();
    while ((await create(replica.url, team)).status !== 401);

    expect(performance.now() - revokedAt).toBeLessThan(5000);
  });
});
