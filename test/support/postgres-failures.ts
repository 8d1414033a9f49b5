// Failures under load, with real server processes on a real PostgreSQL: nothing acknowledged is lost or doubled, and service comes back.
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import type { Store } from '../../server/store/store.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';
import { addTeam, compare, create, type Load, type Replica, startLoad, startReplica, type Team } from './replicas.ts';

/** What clients are promised while PostgreSQL fails. */
export interface FailureLimits {
  /** The longest response time, in milliseconds. */
  longestMs: number;
  /** From the end of the failure to the first acknowledged create, in milliseconds. */
  backWithinMs: number;
}

let postgres: TestPostgres;
let proxy: PostgresProxy;
let database: string;
let store: Store;
/** One server for all failures: it is never started again. */
let server: Replica;
let limits: FailureLimits | undefined;

/** Resolves when so many more creates are acknowledged than now. */
async function acknowledge(load: Load, count: number): Promise<void> {
  const enough = load.acknowledgedAt.length + count;
  await vi.waitUntil(() => load.acknowledgedAt.length >= enough, { timeout: 15_000, interval: 5 });
}

/** Resolves when a request has been turned away. */
async function turnAway(load: Load): Promise<void> {
  const before = load.counts['503'] ?? 0;
  await vi.waitUntil(() => (load.counts['503'] ?? 0) > before, { timeout: 10_000, interval: 5 });
}

/** Ends the load: what was acknowledged is stored once, and the limits hold if there are any. */
async function expectKept(load: Load, team: Team, backAt: number): Promise<void> {
  await acknowledge(load, 20);
  await load.stop();
  expect(load.wrong).toEqual([]);
  const first = load.acknowledgedAt.find((at) => at > backAt);
  expect(first).toBeDefined();
  if (limits) {
    expect(load.longestMs).toBeLessThan(limits.longestMs);
    expect((first ?? Number.POSITIVE_INFINITY) - backAt).toBeLessThan(limits.backWithinMs);
  }
  // The connections of this process were cut as well.
  await vi.waitUntil(() =>
    store.check().then(
      () => true,
      () => false,
    ),
  );
  expect(await compare(load, team, store, (text, values) => postgres.query(database, text, values))).toEqual([]);
}

/** Declares the suite. With limits it needs a machine that does nothing else. */
export function testPostgresFailures(given?: FailureLimits): void {
  beforeAll(async () => {
    limits = given;
    postgres = await startPostgres();
    database = await postgres.createDatabase();
    store = await openPostgresStore({ url: database });
    proxy = await startPostgresProxy(database);
    server = await startReplica({ DATABASE_URL: proxy.url });
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await proxy?.close();
    await store?.close();
    await postgres?.close();
  });

  describe('under load', () => {
    it('the database is killed, and started again', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);
      await acknowledge(load, 50);

      await postgres.kill();
      await turnAway(load);
      await postgres.start();
      const backAt = performance.now();

      await expectKept(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('all connections are cut, by the server and by the network, again and again', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);

      for (let round = 0; round < 3; round++) {
        await acknowledge(load, 30);
        proxy.cut();
        await acknowledge(load, 30);
        await postgres.query(
          database,
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
      }
      const backAt = performance.now();

      await expectKept(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('the network lets nothing through for a while', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);
      await acknowledge(load, 30);

      proxy.freeze();
      await turnAway(load);
      proxy.thaw();
      const backAt = performance.now();

      await expectKept(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('one of two servers is killed, and another one started', async () => {
      const team = await addTeam(store);
      const doomed = await startReplica({ DATABASE_URL: database });
      let urls = [server.url, doomed.url];
      let turn = 0;
      const load = startLoad(() => urls[turn++ % urls.length] ?? server.url, team);
      await acknowledge(load, 50);

      await doomed.kill('SIGKILL');
      await acknowledge(load, 20);
      const successor = await startReplica({ DATABASE_URL: database });
      onTestFinished(async () => {
        await successor.kill('SIGKILL');
      });
      urls = [server.url, successor.url];
      const backAt = performance.now();

      await expectKept(load, team, backAt);
      expect(load.counts.broken).toBeGreaterThan(0);
      expect((await create(successor.url, team)).status).toBe(201);
    });

    it('a failover makes the database read-only for a while', async () => {
      const team = await addTeam(store);
      const writing = `${database}?options=-c%20default_transaction_read_only%3Doff`;
      const load = startLoad(() => server.url, team);
      await acknowledge(load, 50);

      await postgres.query(writing, 'ALTER SYSTEM SET default_transaction_read_only = on');
      await postgres.query(writing, 'SELECT pg_reload_conf()');
      await turnAway(load);
      await postgres.query(writing, 'ALTER SYSTEM RESET default_transaction_read_only');
      await postgres.query(writing, 'SELECT pg_reload_conf()');
      const backAt = performance.now();

      await expectKept(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });
  });
}
