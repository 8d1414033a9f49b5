// PostgreSQL with fewer connections than the servers may open, and with missing privileges.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { PASSWORD, startPostgres } from '../../support/postgres/postgres.ts';
import { addTeam, type Team } from '../../support/process/replicas.ts';

const postgres = await startPostgres(['-c', 'max_connections=15']);
afterAll(() => postgres.close());

async function addRole(database: string): Promise<{ name: string; url: string }> {
  const name = `role_${randomUUID().slice(0, 8)}`;
  await postgres.query(database, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
  await postgres.query(database, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
  const url = new URL(database);
  url.username = name;
  return { name, url: url.href };
}

async function open(options: Parameters<typeof openPostgresStore>[0]): Promise<Store> {
  const store = await openPostgresStore(options);
  onTestFinished(() => store.close());
  return store;
}

/** A migrated database, with an account and a role that serves it. */
async function prepare(): Promise<{ database: string; role: { name: string; url: string }; team: Team }> {
  const database = await postgres.createDatabase();
  const store = await openPostgresStore({ url: database });
  const team = await addTeam(store);
  await store.close();
  return { database, team, role: await addRole(database) };
}

const organization = ({ account, body }: Team) => ({ account, id: randomUUID(), ...body });
const withKey = (team: Team, key: string) => ({
  ...organization(team),
  idempotency: { key, fingerprint: new Uint8Array(32) },
});

describe('fewer connections than two stores may open', () => {
  it('are shared by all creates, and reported at start', async () => {
    const { role, team } = await prepare();
    const warnings: string[] = [];
    const stores = [await open({ url: role.url, onWarning: (text) => warnings.push(text) }), await open(role)];

    const creates = Array.from({ length: 300 }, (_, n) => stores[n % 2]?.createOrganization(withKey(team, `${n}`)));
    const outcomes = await Promise.all(creates);

    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(Array(300).fill('created'));
    // Three are reserved for superusers.
    expect(warnings).toEqual([expect.stringMatching(/^PostgreSQL accepts 12 connections, \d+ of which are in use\./)]);
  });

  it('reject a create with the cause when none is free within the time limit, and serve the next', async () => {
    const { database, role, team } = await prepare();
    await postgres.query(database, `ALTER ROLE ${role.name} CONNECTION LIMIT 1`);
    const store = await open({ url: role.url, timeoutMs: 500, idleTimeoutMs: 1 });
    // The store's own connection is closed by now or soon.
    const other = await vi.waitFor(async () => {
      const client = new pg.Client({ connectionString: role.url });
      await client.connect();
      return client;
    });

    await expect(store.createOrganization(organization(team))).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      kind: 'resources',
      message: expect.stringMatching(/^PostgreSQL has no connection left \(53300\)/),
    });

    await other.end();
    await vi.waitFor(async () => expect((await store.createOrganization(organization(team))).kind).toBe('created'));
  });
});

describe('a role without a privilege that creates need', () => {
  it.each([
    ['INSERT', 'organizations'],
    ['SELECT', 'organizations'],
    ['INSERT', 'organization_members'],
    ['INSERT', 'idempotency_keys'],
    ['UPDATE', 'idempotency_keys'],
    ['SELECT', 'customers'],
    ['INSERT', 'request_windows'],
  ])('is not ready without %s on %s, and ready again by itself', async (privilege, table) => {
    const { database, role } = await prepare();
    const store = await open(role);
    await store.check();

    await postgres.query(database, `REVOKE ${privilege} ON ${table} FROM ${role.name}`);
    await expect(store.check()).rejects.toMatchObject({
      kind: 'denied',
      message: `PostgreSQL cannot do this at the moment (42501: permission denied for table ${table}).`,
    });

    await postgres.query(database, `GRANT ${privilege} ON ${table} TO ${role.name}`);
    await expect(store.check()).resolves.toBeUndefined();
  });

  it('is not ready after a create that a row-level policy forbids, until it would be allowed', async () => {
    const { database, role, team } = await prepare();
    const store = await open(role);
    await postgres.query(database, 'ALTER TABLE organizations ENABLE ROW LEVEL SECURITY');

    await expect(store.check()).resolves.toBeUndefined();
    await expect(store.createOrganization(organization(team))).rejects.toMatchObject({ kind: 'denied' });
    await expect(store.check()).rejects.toMatchObject({ kind: 'denied' });

    await postgres.query(database, 'ALTER TABLE organizations DISABLE ROW LEVEL SECURITY');
    await expect(store.check()).resolves.toBeUndefined();
    // Rehearsed, not stored.
    expect(await postgres.query(database, 'SELECT FROM organizations')).toEqual([]);
  });
});
