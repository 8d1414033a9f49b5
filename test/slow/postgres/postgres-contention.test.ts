// The PostgreSQL store under lock contention and connection failures: safe retries, and time limits.
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseDatabaseUrl } from '../../../server/store/postgres/address/url.ts';
import { ConnectionPool } from '../../../server/store/postgres/connection/connection-pool.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { startPostgresProxy } from '../../support/postgres/postgres-proxy.ts';
import { MEMBER, OWNER, openThroughProxy } from '../../support/postgres/through-proxy.ts';

const postgres = await startPostgres();

afterAll(() => postgres.close());

describe('the PostgreSQL store under contention', () => {
  it('retries a create that was rolled back to end a deadlock', async () => {
    // Only the create checks for deadlocks, half a second after it began to wait, so it is the one that is aborted.
    const schema = await postgres.createSchema();
    const { store, account, request } = await openThroughProxy(postgres, {
      url: `${schema}%20-c%20deadlock_timeout%3D500ms`,
    });
    const other = new pg.Client({ connectionString: `${schema}%20-c%20deadlock_timeout%3D60s` });
    await other.connect();
    onTestFinished(() => other.end());
    const lock = (id: string) =>
      other.query('SELECT FROM customers WHERE account_id = $1 AND customer_id = $2 FOR UPDATE', [account, id]);
    await other.query('BEGIN');
    await lock(MEMBER);

    const creating = store.createOrganization(request());
    // The owner is locked by the create now, and the create waits for the member.
    await vi.waitUntil(async () => (await postgres.query(schema, WAITING, ['customer-organizations'])).length > 0);
    await lock(OWNER);
    await other.query('COMMIT');

    expect((await creating).kind).toBe('created');
    await vi.waitUntil(() => postgres.log().includes('SQLSTATE 40P01'));
  });

  it('retries a create that cannot be serialized', async () => {
    const schema = await postgres.createDatabase();
    const strict = `${schema}?options=-c%20default_transaction_isolation%3Dserializable`;
    const { store, request } = await openThroughProxy(postgres, { url: strict });

    // Whether two of them collide is up to their timing, and to when the pool has opened more than one connection, so
    // more are sent until PostgreSQL has rejected one.
    const endMs = performance.now() + 20_000;
    for (let round = 0; performance.now() < endMs && !postgres.log().includes('SQLSTATE 40001'); round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) => store.createOrganization(request(`key ${round} ${index % 5}`))),
      );

      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(5);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(45);
    }

    await vi.waitUntil(() => postgres.log().includes('SQLSTATE 40001'));
  });

  it('stores the other creates of a batch in which one is blocked by a lock', async () => {
    const { direct, store, account, request } = await openThroughProxy(postgres, { poolSize: 5 });
    const other = new pg.Client({ connectionString: direct });
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query('SELECT FROM customers WHERE account_id = $1 AND customer_id = $2 FOR UPDATE', [account, MEMBER]);

    const outcomes = Array.from({ length: 20 }, (_, index) =>
      store.createOrganization({ ...request(), memberIds: index === 10 ? [MEMBER] : [] }),
    );
    const [kept] = outcomes.splice(10, 1);
    const others = await Promise.all(outcomes);
    await other.query('COMMIT');

    expect(others.every(({ kind }) => kind === 'created')).toBe(true);
    expect((await kept)?.kind).toBe('created');
    expect(await postgres.query(direct, 'SELECT FROM organizations')).toHaveLength(20);
  });

  it.each([
    ['our own', { timeoutMs: 300 }, ''],
    ['the transaction_timeout of the database', {}, '%20-c%20transaction_timeout%3D300'],
  ])(
    'gives up with StoreUnavailableError when a lock is held longer than %s, and a repetition creates one',
    async (_, options, more) => {
      const url = `${await postgres.createSchema()}${more}`;
      const { direct, store, account, request } = await openThroughProxy(postgres, { ...options, url });
      const other = new pg.Client({ connectionString: direct.replace(more, '') });
      await other.connect();
      onTestFinished(() => other.end());
      await other.query('BEGIN');
      await other.query('SELECT FROM customers WHERE account_id = $1 FOR UPDATE', [account]);

      await expect(store.createOrganization(request('k'))).rejects.toThrow(StoreUnavailableError);
      await other.query('ROLLBACK');

      // On a busy machine 300 ms may be too short for one attempt.
      const { kind } = await vi.waitFor(() => store.createOrganization(request('k')), { timeout: 10_000 });
      expect(kind).toMatch(/^(created|replayed)$/);
      expect(await postgres.query(direct, 'SELECT FROM organizations')).toHaveLength(1);
    },
  );
});

const WAITING = "SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";

describe('the PostgreSQL store without a connection', () => {
  it.each(['create', 'find a key', 'check'])(
    'rejects with StoreUnavailableError when no response comes: %s',
    async (what) => {
      const { proxy, store, request } = await openThroughProxy(postgres, { timeoutMs: 300 });
      const calls: Record<string, (store: Store) => Promise<unknown>> = {
        create: (each) => each.createOrganization(request('k')),
        'find a key': (each) => each.findApiKey('client'),
        check: (each) => each.check(),
      };
      proxy.freeze();

      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => calls[what]?.(store)));

      expect(outcomes.every((each) => each.status === 'rejected' && each.reason instanceof StoreUnavailableError)).toBe(
        true,
      );
      proxy.thaw();
      await vi.waitUntil(
        () =>
          store.check().then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      );
    },
  );

  it('waits for a connection within the time limit of the call', async () => {
    const { proxy } = await openThroughProxy(postgres);
    const options = { poolSize: 1, timeoutMs: 2000, idleTimeoutMs: 10_000 };
    const connections = new ConnectionPool(parseDatabaseUrl(proxy.url), options);
    onTestFinished(() => connections.close());
    const ask = (limitMs: number) =>
      connections.run((query) => query({ text: 'SELECT 1' }), { repeatable: true, limitMs });
    proxy.freeze();
    const limit = new Promise((settle) => setTimeout(settle, 400, 'still waits'));

    const first = await Promise.race([ask(50).catch((error: unknown) => error), limit]);

    expect(first).toBeInstanceOf(StoreUnavailableError);
    proxy.thaw();
    // The connection that came too late serves the next call.
    await vi.waitUntil(() => ask(1000).catch(() => undefined));
  });

  it('closes within its time limit when the server does not respond', async () => {
    const { direct } = await openThroughProxy(postgres);
    const proxy = await startPostgresProxy(direct);
    onTestFinished(() => proxy.close());
    const store = await openPostgresStore({ url: proxy.url, timeoutMs: 300 });
    await store.check();
    proxy.freeze();

    await store.close();

    await vi.waitUntil(() => proxy.connections() === 0);
  });

  it('retries what is safe to retry when all connections broke', async () => {
    const { direct, store, request } = await openThroughProxy(postgres);
    await Promise.all(Array.from({ length: 10 }, () => store.check()));

    const outcomes = Array.from({ length: 10 }, () => store.createOrganization(request('k')));
    await postgres.query(
      direct,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'customer-organizations'",
    );

    const settled = await Promise.allSettled([...outcomes, store.createOrganization(request('k'))]);
    const ids = settled.flatMap((each) =>
      each.status === 'fulfilled' && 'organization' in each.value ? [each.value.organization.id] : [],
    );
    expect(settled.every((each) => each.status === 'fulfilled')).toBe(true);
    expect(new Set(ids).size).toBe(1);
  });

  it('reports what it stored itself, before a response was lost, as created', async () => {
    const { direct, proxy, store, request } = await openThroughProxy(postgres, { poolSize: 1 });
    await store.check();
    const create = request('k');

    proxy.loseNextResponse();
    const first = await store.createOrganization(create);
    const repeated = await store.createOrganization(request('k'));

    const organization = { id: create.id };
    expect([first, repeated]).toMatchObject([
      { kind: 'created', organization },
      { kind: 'replayed', organization },
    ]);
    expect(await postgres.query(direct, 'SELECT FROM organizations')).toHaveLength(1);
  });

  it('reads but does not write while the database is read-only', async () => {
    const database = await postgres.createDatabase();
    const { store, request } = await openThroughProxy(postgres, { url: database });
    const name = new URL(database).pathname.slice(1);
    await postgres.query(database, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await postgres.query(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'customer-organizations'",
    );

    await expect(store.createOrganization(request('k'))).rejects.toThrow(StoreUnavailableError);
    await expect(store.check()).rejects.toThrow('read-only');
    expect(await store.findAccount('First')).toBeDefined();
    const writing = `${database}?options=-c%20default_transaction_read_only%3Doff`;
    await postgres.query(writing, `ALTER DATABASE ${name} RESET default_transaction_read_only`);

    await vi.waitUntil(
      async () => (await store.createOrganization(request('k')).catch(() => undefined))?.kind === 'created',
    );
    await expect(store.check()).resolves.toBeUndefined();
  });
});
