// The conformance suite on PostgreSQL, and the round trips of that store.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDatabaseUrl } from '../../../server/store/postgres/address/url.ts';
import { ConnectionPool } from '../../../server/store/postgres/connection/connection-pool.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { MEMBER, OWNER, openThroughProxy } from '../../support/postgres/through-proxy.ts';
import { describeStore } from '../conformance.ts';

/** Settings that change how values are written and read. An operator may have chosen them for other programs. */
const UNUSUAL = {
  array_nulls: 'off',
  bytea_output: 'escape',
  datestyle: 'German',
  extra_float_digits: '-15',
  intervalstyle: 'sql_standard',
  standard_conforming_strings: 'off',
  timezone: 'Asia/Kathmandu',
  transform_null_equals: 'on',
};

const postgres = await startPostgres(Object.entries(UNUSUAL).flatMap(([name, value]) => ['-c', `${name}=${value}`]));
let url = '';

afterAll(() => postgres.close());

describeStore('the store on PostgreSQL', {
  open: async (options) => {
    url = await postgres.createSchema();
    return openPostgresStore({ url, ...options });
  },
  reopen: (options) => openPostgresStore({ url, ...options }),
});

describe('a create on PostgreSQL', () => {
  it('takes one round trip, also with 10,000 members and unknown customers', async () => {
    const { proxy, store, account, request } = await openThroughProxy(postgres);
    const many = Array.from({ length: 10_000 }, () => randomUUID());
    async function* crowd() {
      yield many.map((id) => ({ id, name: `Customer ${id}` }));
    }
    await store.importCustomers(account, crowd());
    await store.check();

    const counts: number[] = [];
    const kinds: string[] = [];
    for (const asked of [
      request(),
      request(),
      { ...request(), memberIds: many },
      { ...request(), ownerId: randomUUID() },
    ]) {
      const before = proxy.roundTrips();
      kinds.push((await store.createOrganization(asked)).kind);
      counts.push(proxy.roundTrips() - before);
    }

    expect(kinds).toEqual(['created', 'created', 'created', 'unknownCustomers']);
    expect(counts).toEqual([1, 1, 1, 1]);
  });

  it('shares its round trip with concurrent ones, and fails alone with unknown customers', async () => {
    const { proxy, store, account, request } = await openThroughProxy(postgres);
    await Promise.all(Array.from({ length: 10 }, () => store.check()));
    const asked = Array.from({ length: 60 }, (_, index) => ({
      ...request(),
      ...(index % 5 === 1 && { memberIds: [] }),
      ...(index % 7 === 0 && { memberIds: [randomUUID(), MEMBER, randomUUID()] }),
    }));
    const before = proxy.roundTrips();

    const outcomes = await Promise.all(asked.map((each) => store.createOrganization(each)));

    // Four creates found a free connection, and all others share a statement.
    expect(proxy.roundTrips() - before).toBe(5);
    for (const [index, { id, memberIds }] of asked.entries()) {
      const members = memberIds.map((each) => ({ id: each, name: 'Member' }));
      expect(outcomes[index]).toMatchObject(
        index % 7 === 0
          ? { kind: 'unknownCustomers', ids: memberIds.filter((each) => each !== MEMBER) }
          : { kind: 'created', organization: { id, owner: { id: OWNER, name: 'Owner' }, members } },
      );
    }
    const stored: string[] = [];
    for await (const { id, members } of store.listOrganizations(account)) stored.push(`${id} ${members.length}`);
    const created = asked.filter((_, index) => index % 7 !== 0);
    expect(stored.sort()).toEqual(created.map(({ id, memberIds }) => `${id} ${memberIds.length}`).sort());
  });

  it('takes one round trip with a key, one for a replay, and at most two when concurrent', async () => {
    const { proxy, store, request } = await openThroughProxy(postgres);
    await Promise.all(Array.from({ length: 10 }, () => store.check()));
    const trips = async (work: () => Promise<unknown>) => {
      const before = proxy.roundTrips();
      await work();
      return proxy.roundTrips() - before;
    };

    const first = await trips(() => store.createOrganization(request('a')));
    const replay = await trips(() => store.createOrganization(request('a')));
    const atOnce = await trips(() =>
      Promise.all(Array.from({ length: 5 }, () => store.createOrganization(request('b')))),
    );

    expect([first, replay]).toEqual([1, 1]);
    // The pool had a connection for each create, so no round trip opens a new one.
    expect(atOnce).toBeGreaterThanOrEqual(5);
    expect(atOnce).toBeLessThanOrEqual(9);
  });

  it('reads an API key once in its time to live', async () => {
    let clock = 0;
    const { proxy, store, account } = await openThroughProxy(postgres, {
      apiKeys: { ttlMs: 1000, clock: () => clock },
    });
    await store.addApiKey({ account, clientId: 'client', secretHash: new Uint8Array(32), pinnedVersion: undefined });
    const before = proxy.roundTrips();

    await Promise.all(Array.from({ length: 20 }, () => store.findApiKey('client')));
    clock = 999;
    await store.findApiKey('client');
    const inTime = proxy.roundTrips() - before;
    clock = 1001;
    await store.findApiKey('client');

    expect(inTime).toBe(1);
    expect(proxy.roundTrips() - before).toBe(2);
  });
});

describe('an API key on PostgreSQL', () => {
  it('is read again after 2.5 s, so that a revocation takes effect within 5 s', async () => {
    let clock = 0;
    const { direct, store, account } = await openThroughProxy(postgres, { apiKeys: { clock: () => clock } });
    await store.addApiKey({ account, clientId: 'client', secretHash: new Uint8Array(32), pinnedVersion: undefined });
    await store.findApiKey('client');
    await postgres.query(direct, 'UPDATE api_keys SET revoked_at = now()');

    clock = 2499;
    expect(await store.findApiKey('client')).toBeDefined();
    clock = 2501;
    expect(await store.findApiKey('client')).toBeUndefined();
  });
});

describe('a session on PostgreSQL', () => {
  it.each([false, true])('reads and writes values whatever the server or the URL sets, pooled: %s', async (pooled) => {
    const address = parseDatabaseUrl(
      `${await postgres.createSchema()}%20-c%20DateStyle%3DSQL%20-c%20array_nulls%3Doff`,
      {},
    );
    const options = { poolSize: 1, timeoutMs: 5000, idleTimeoutMs: 1000, pooled };
    const pool = new ConnectionPool({ ...address, hosts: [] }, options);
    onTestFinished(() => pool.close());
    const [time, bytes] = [new Date('2026-02-03T04:05:06.789Z'), Buffer.from([0, 92, 255])];
    const statement = {
      text: `SELECT $1::timestamptz AS time, $2::bytea AS bytes, $3::text[] AS texts, 0.1::float8 AS fraction,
        '\\' AS backslash`,
      values: [time.toISOString(), bytes, [null, 'NULL']],
    };

    const row = { time, bytes, texts: [null, 'NULL'], fraction: 0.1, backslash: '\\' };
    expect(await pool.run((query) => query(statement), { repeatable: false })).toEqual([row]);
    expect(await pool.transact((query) => query(statement))).toEqual([row]);
    await pool.rehearse(async (query) => expect(await query(statement)).toEqual([row]));
  });

  it('has no difference of the clocks with times of few digits', async () => {
    const reports: string[] = [];
    const url = await postgres.createSchema();
    const store = await openPostgresStore({ url, onClockSkew: (report) => reports.push(report) });
    onTestFinished(() => store.close());

    await store.check();

    expect(reports).toEqual([]);
  });

  it('waits for the disk whatever the role or the URL sets', async () => {
    const database = await postgres.createDatabase();
    await postgres.query(
      database,
      `ALTER DATABASE ${new URL(database).pathname.slice(1)} SET synchronous_commit = off`,
    );
    const proxied = await openThroughProxy(postgres, { url: `${database}?options=-c%20synchronous_commit%3Doff` });
    const { store, request } = proxied;
    await postgres.query(
      database,
      `CREATE FUNCTION reject_unsafe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_setting('synchronous_commit') <> 'on' THEN RAISE 'not durable'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER t BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION reject_unsafe()`,
    );

    expect((await store.createOrganization(request())).kind).toBe('created');
  });
});
