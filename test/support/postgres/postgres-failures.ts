// PostgreSQL failures under load, with real server processes: no acknowledged create is lost or stored twice, and the
// service recovers.
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Store } from '../../../server/store/store.ts';
import {
  addTeam,
  compare,
  create,
  type Load,
  type Replica,
  startLoad,
  startReplica,
  type Team,
} from '../process/replicas.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.ts';

/** Limits that hold while PostgreSQL fails. */
export interface FailureLimits {
  /** The longest response time, in milliseconds. */
  longestMs: number;
  /** The time from the end of the failure to the first acknowledged create, in milliseconds. */
  backWithinMs: number;
}

let postgres: TestPostgres;
let proxy: PostgresProxy;
let database: string;
let store: Store;
/** One server for all failures, which is never restarted. */
let server: Replica;
let limits: FailureLimits | undefined;

/** Resolves when `count` more creates are acknowledged. */
async function waitForAcknowledged(load: Load, count: number): Promise<void> {
  const enough = load.acknowledgedAt.length + count;
  await vi.waitUntil(() => load.acknowledgedAt.length >= enough, { timeout: 15_000, interval: 5 });
}

/** Resolves when a request has received a 503. */
async function waitForUnavailable(load: Load): Promise<void> {
  const before = load.counts['503'] ?? 0;
  await vi.waitUntil(() => (load.counts['503'] ?? 0) > before, { timeout: 10_000, interval: 5 });
}

/** Stops the load. Expects that acknowledged creates are stored exactly once, and that the limits hold. */
async function expectConsistent(load: Load, team: Team, backAt: number): Promise<void> {
  await waitForAcknowledged(load, 20);
  await load.stop();
  expect(load.unexpected).toEqual([]);
  const first = load.acknowledgedAt.find((at) => at > backAt);
  expect(first).toBeDefined();
  if (limits) {
    expect(load.longestMs).toBeLessThan(limits.longestMs);
    expect((first ?? Number.POSITIVE_INFINITY) - backAt).toBeLessThan(limits.backWithinMs);
  }
  // The connections of this process were closed as well.
  await vi.waitUntil(() =>
    store.check().then(
      () => true,
      () => false,
    ),
  );
  expect(await compare(load, team, store, (text, values) => postgres.query(database, text, values))).toEqual([]);
}

/** Declares the suite. With limits it needs an otherwise idle machine. */
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

  describe('the server under load', () => {
    it('recovers when the database is killed and restarted', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);
      await waitForAcknowledged(load, 50);

      await postgres.kill();
      await waitForUnavailable(load);
      await postgres.start();
      const backAt = performance.now();

      await expectConsistent(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('recovers when all connections are closed repeatedly, by PostgreSQL and by the network', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);

      for (let round = 0; round < 3; round++) {
        await waitForAcknowledged(load, 30);
        proxy.cut();
        await waitForAcknowledged(load, 30);
        await postgres.query(
          database,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      }
      const backAt = performance.now();

      await expectConsistent(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('recovers when the network drops all packets for a while', async () => {
      const team = await addTeam(store);
      const load = startLoad(() => server.url, team);
      await waitForAcknowledged(load, 30);

      proxy.freeze();
      await waitForUnavailable(load);
      proxy.thaw();
      const backAt = performance.now();

      await expectConsistent(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });

    it('loses no create when one of two servers is killed and replaced', async () => {
      const team = await addTeam(store);
      const killed = await startReplica({ DATABASE_URL: database });
      let urls = [server.url, killed.url];
      let next = 0;
      const load = startLoad(() => urls[next++ % urls.length] ?? server.url, team);
      await waitForAcknowledged(load, 50);

      await killed.kill('SIGKILL');
      await waitForAcknowledged(load, 20);
      const replacement = await startReplica({ DATABASE_URL: database });
      onTestFinished(async () => {
        await replacement.kill('SIGKILL');
      });
      urls = [server.url, replacement.url];
      const backAt = performance.now();

      await expectConsistent(load, team, backAt);
      expect(load.counts.broken).toBeGreaterThan(0);
      expect((await create(replacement.url, team)).status).toBe(201);
    });

    it('recovers when the database is read-only for a while, as in a failover', async () => {
      const team = await addTeam(store);
      const writing = `${database}?options=-c%20default_transaction_read_only%3Doff`;
      const load = startLoad(() => server.url, team);
      await waitForAcknowledged(load, 50);

      await postgres.query(writing, 'ALTER SYSTEM SET default_transaction_read_only = on');
      await postgres.query(writing, 'SELECT pg_reload_conf()');
      await waitForUnavailable(load);
      await postgres.query(writing, 'ALTER SYSTEM RESET default_transaction_read_only');
      await postgres.query(writing, 'SELECT pg_reload_conf()');
      const backAt = performance.now();

      await expectConsistent(load, team, backAt);
      expect(load.counts.broken).toBeUndefined();
    });
  });
}
