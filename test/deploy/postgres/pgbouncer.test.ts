// PgBouncer between the servers and PostgreSQL: durability and time limits hold without start-up options, prepared
// statements and sessions.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { organizationIds } from '../../support/fixtures.ts';
import { fillLargeAccount } from '../../support/postgres/large-account.ts';
import { type PgBouncerOptions, startPgBouncer } from '../../support/postgres/pgbouncer.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import {
  addTeam,
  compare,
  create,
  type Load,
  startLoad,
  startReplica,
  type Team,
} from '../../support/process/replicas.ts';
import { PGBOUNCERS } from '../../support/setup/deploy-tools.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  // These settings make a killed server lose the commits of the last seconds, unless the store overrides them.
  const unsafe = ['-c', 'synchronous_commit=off', '-c', 'wal_writer_delay=10s'];
  // These settings of other programs change how values are written and read.
  const unusual = ['-c', 'datestyle=German', '-c', 'array_nulls=off', '-c', 'extra_float_digits=-15'];
  postgres = await startPostgres([...unsafe, ...unusual]);
});
afterAll(() => postgres.close());

const IGNORE = { ignore_startup_parameters: 'options,statement_timeout,extra_float_digits' };

/** Opens a new database through PgBouncer. */
async function open(options: Omit<PgBouncerOptions, 'database'>, more: Parameters<typeof openPostgresStore>[0]) {
  const database = await postgres.createDatabase();
  const pgBouncer = await startPgBouncer({ ...options, database });
  onTestFinished(() => pgBouncer.close());
  const store = await openPostgresStore({ ...more, url: pgBouncer.url + more.url });
  onTestFinished(() => store.close());
  return { database, pgBouncer, store };
}

const organization = ({ account, body }: Team) => ({ account, id: randomUUID(), ...body });

/** Opens this number of connections, or rejects and closes them. */
async function connect(url: string, count: number): Promise<pg.Client[]> {
  const clients = Array.from({ length: count }, () => new pg.Client(url));
  try {
    for (const client of clients) await client.connect();
    return clients;
  } catch (error) {
    await Promise.all(clients.map((client) => client.end()));
    throw error;
  }
}

async function waitForAcknowledged(load: Load, count: number): Promise<void> {
  const enough = load.acknowledgedAt.length + count;
  await vi.waitUntil(() => load.acknowledgedAt.length >= enough, { timeout: 20_000, interval: 5 });
}

describe.each(PGBOUNCERS)('%s', (program) => {
  describe.each<[PgBouncerOptions['poolMode'], Record<string, string>]>([
    ['transaction', {}],
    ['transaction', IGNORE],
    ['session', {}],
    ['session', IGNORE],
  ])('with pool_mode=%s and %o', (poolMode, settings) => {
    it('creates and replays organizations, many at once', async () => {
      // In session mode, each connection of the store holds one of the server.
      const few = poolMode === 'transaction' ? { default_pool_size: 3 } : {};
      const { store } = await open({ program, poolMode, settings: { ...settings, ...few } }, { url: '' });
      const team = await addTeam(store);
      const fingerprint = new Uint8Array(32);
      const withKey = (key: number) => ({ ...organization(team), idempotency: { key: String(key), fingerprint } });

      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          store.createOrganization(index % 3 === 0 ? withKey(index % 10) : organization(team)),
        ),
      );

      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'created')).toHaveLength(210);
      expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(90);
      expect(await organizationIds(store, team.account)).toHaveLength(210);
      for await (const { createdAt } of store.listOrganizations(team.account)) expect(createdAt).toBeInstanceOf(Date);
      for await (const { createdAt } of store.listEvents()) expect(createdAt).toBeInstanceOf(Date);
    });

    it('loses nothing acknowledged when PostgreSQL is killed under load of two servers', async () => {
      // By default, PgBouncer waits 15 s after a refused connection.
      const retrying = { ...settings, server_login_retry: 1 };
      const { database, pgBouncer, store } = await open({ program, poolMode, settings: retrying }, { url: '' });
      const team = await addTeam(store);
      const servers = await Promise.all([1, 2].map(() => startReplica({ DATABASE_URL: pgBouncer.url })));
      onTestFinished(async () => {
        await Promise.all(servers.map((server) => server.kill('SIGKILL')));
      });
      let next = 0;
      const load = startLoad(() => servers[next++ % 2]?.url ?? '', team);
      await waitForAcknowledged(load, 100);

      await postgres.kill();
      await postgres.start();
      await waitForAcknowledged(load, 50);
      await load.stop();

      expect(load.unexpected).toEqual([]);
      expect(load.counts.broken).toBeUndefined();
      const direct = await openPostgresStore({ url: database });
      onTestFinished(() => direct.close());
      expect(await compare(load, team, direct, (text, values) => postgres.query(database, text, values))).toEqual([]);
      expect(await Promise.all(servers.map(({ url }) => create(url, team).then(({ status }) => status)))).toEqual([
        201, 201,
      ]);
    });

    it('ends a statement that waits for a lock within the time limit, on the server as well', async () => {
      const { database, store } = await open({ program, poolMode, settings }, { url: '', timeoutMs: 500 });
      const team = await addTeam(store);
      const other = new pg.Client(database);
      await other.connect();
      // A failed test must not leave the lock behind.
      onTestFinished(() => other.end());
      await other.query('BEGIN; LOCK TABLE organizations');

      await expect(store.createOrganization(organization(team))).rejects.toThrow(StoreUnavailableError);

      const waiting = `SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      expect(await postgres.query(database, waiting)).toEqual([]);
      await other.query('ROLLBACK');
      expect(await store.createOrganization(organization(team))).toMatchObject({ kind: 'created' });
      expect(await organizationIds(store, team.account)).toHaveLength(1);
    });

    it('gives up within the time limit of a create for which PgBouncer was suspended and a lock is held', async () => {
      const { database, pgBouncer, store } = await open({ program, poolMode, settings }, { url: '', timeoutMs: 2000 });
      const team = await addTeam(store);
      const idempotency = { key: 'k', fingerprint: new Uint8Array(32) };
      const create = () => store.createOrganization({ ...organization(team), idempotency });
      const other = new pg.Client(database);
      await other.connect();
      onTestFinished(() => other.end());
      await other.query('BEGIN; LOCK TABLE organizations');
      pgBouncer.suspend();
      const startMs = performance.now();
      setTimeout(() => pgBouncer.resume(), 1700);

      await expect(create()).rejects.toThrow(StoreUnavailableError);

      // The statement would otherwise have the whole limit once more, and take 3.5 s.
      expect(performance.now() - startMs).toBeLessThan(2800);
      const waiting = `SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      expect(await postgres.query(database, waiting)).toEqual([]);
      await other.query('ROLLBACK');
      expect((await vi.waitFor(create, { timeout: 10_000 })).kind).toBe('created');
    });

    it('applies the options of the URL', async () => {
      const database = await postgres.createDatabase();
      const pgBouncer = await startPgBouncer({ program, poolMode, settings, database });
      onTestFinished(() => pgBouncer.close());
      await postgres.query(database, 'CREATE SCHEMA mine');

      const store = await openPostgresStore({ url: `${pgBouncer.url}?options=-c%20search_path%3Dmine` });
      onTestFinished(() => store.close());
      await addTeam(store);

      expect(await postgres.query(database, 'SELECT count(*)::int AS n FROM mine.customers')).toEqual([{ n: 3 }]);
    });
  });

  it.each<[PgBouncerOptions['poolMode'], Record<string, number>]>([
    ['transaction', { max_client_conn: 5, default_pool_size: 2 }],
    ['session', { max_client_conn: 5 }],
    ['transaction', { max_db_connections: 1 }],
    ['session', { max_db_connections: 3 }],
    ['session', { max_user_connections: 3, query_wait_timeout: 1 }],
    ['session', { default_pool_size: 3 }],
  ])('serves all creates with fewer connections than the store may open: %s, %o', async (poolMode, settings) => {
    const { store } = await open({ program, poolMode, settings }, { url: '', timeoutMs: 2800 });
    const team = await addTeam(store);
    const fingerprint = new Uint8Array(32);
    const create = (key: string) =>
      store.createOrganization({ ...organization(team), ...(key && { idempotency: { key, fingerprint } }) });

    const keys = Array.from({ length: 200 }, (_, n) => (n % 2 ? `${n}` : ''));
    const outcomes = await Promise.all(keys.map(create));

    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(200).fill('created'));
  });

  it('has no connection left: a command and a create say so, and a later create succeeds', async () => {
    const settings = { max_client_conn: 3 };
    const { pgBouncer, store } = await open(
      { program, poolMode: 'transaction', settings },
      { url: '', timeoutMs: 500, idleTimeoutMs: 1 },
    );
    const team = await addTeam(store);
    const clients = await vi.waitFor(() => connect(pgBouncer.url, 3), { timeout: 10_000 });

    const message =
      /PgBouncer has no connection left \(no more connections allowed.+ raise max_client_conn of PgBouncer\.$/;
    await expect(openPostgresStore({ url: pgBouncer.url })).rejects.toThrow(message);
    const created = store.createOrganization(organization(team));
    await expect(created).rejects.toMatchObject({ kind: 'resources', message: expect.stringMatching(message) });

    await Promise.all(clients.map((client) => client.end()));
    const later = await vi.waitFor(() => store.createOrganization(organization(team)), { timeout: 10_000 });
    expect(later.kind).toBe('created');
  });

  it.each(['transaction', 'session'] as const)('deletes large accounts one after the other: %s', async (poolMode) => {
    const { database, pgBouncer, store } = await open({ program, poolMode }, { url: '' });
    const accounts = await Promise.all(['One', 'Two', 'Three'].map((name) => store.addAccount(name)));
    for (const account of accounts) await fillLargeAccount((text) => postgres.query(database, text, [account]), 1);

    const deletions = await Promise.all(
      accounts.map(async (account) => {
        const other = await openPostgresStore({ url: pgBouncer.url });
        onTestFinished(() => other.close());
        return other.deleteAccount(account, { withData: true });
      }),
    );

    expect(deletions.map(({ kind }) => kind)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(await postgres.query(database, "SELECT FROM pg_class WHERE relname ~ '^erasure_'")).toEqual([]);
  });

  it('is rejected in one line with pool_mode=statement', async () => {
    await expect(open({ program, poolMode: 'statement' }, { url: '' })).rejects.toThrow(
      /^Cannot use PostgreSQL \(.+\): .*pooler rejects .+ PgBouncer needs pool_mode=transaction or session\.$/,
    );
  });
});
