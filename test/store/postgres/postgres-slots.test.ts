// PostgreSQL with fewer connections than the servers may open, missing privileges, and changed tables.
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
    // A busy machine takes longer than the default.
    const options = { url: role.url, timeoutMs: 30_000 };
    const stores = [await open({ ...options, onWarning: (text) => warnings.push(text) }), await open(options)];

    const creates = Array.from({ length: 300 }, (_, n) => stores[n % 2]?.createOrganization(withKey(team, `${n}`)));
    const outcomes = await Promise.all(creates);

    expect(outcomes.map((outcome) => outcome?.kind)).toEqual(Array(300).fill('created'));
    // Three connections are reserved for superusers.
    expect(warnings).toEqual([expect.stringMatching(/^PostgreSQL accepts 12 connections, \d+ of which are in use\./)]);
  });

  it.each([
    ['ROLE', 'raise the CONNECTION LIMIT of the role'],
    ['DATABASE', 'raise the CONNECTION LIMIT of the database'],
  ])('are reported at start by the limit that sets their number: %s', async (kind, advice) => {
    const { database, role } = await prepare();
    const name = kind === 'ROLE' ? role.name : new URL(database).pathname.slice(1);
    await postgres.query(database, `ALTER ${kind} ${name} CONNECTION LIMIT 2`);
    const warnings: string[] = [];

    await open({ url: role.url, onWarning: (text) => warnings.push(text) });

    expect(warnings).toEqual([expect.stringMatching(`^PostgreSQL accepts 2 connections, .+, or ${advice}$`)]);
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
      message: expect.stringMatching(
        /^PostgreSQL has no connection left \(53300: too many connections for role .+ CONNECTION LIMIT of the role/,
      ),
    });

    await other.end();
    const created = await vi.waitFor(() => store.createOrganization(organization(team)), { timeout: 10_000 });
    expect(created.kind).toBe('created');
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

  it('is not ready while a row-level policy forbids creates, and ready again by itself', async () => {
    const { database, role, team } = await prepare();
    const store = await open(role);
    await postgres.query(database, 'ALTER TABLE organizations ENABLE ROW LEVEL SECURITY');

    await expect(store.check()).rejects.toMatchObject({ kind: 'denied' });
    await expect(store.createOrganization(organization(team))).rejects.toMatchObject({ kind: 'denied' });
    await expect(store.check()).rejects.toMatchObject({ kind: 'denied' });

    await postgres.query(database, 'ALTER TABLE organizations DISABLE ROW LEVEL SECURITY');
    await expect(store.check()).resolves.toBeUndefined();
    // The check rehearses a create, and stores nothing.
    expect(await postgres.query(database, 'SELECT FROM organizations')).toEqual([]);
  });
});

describe('a table that is locked', () => {
  async function lock(database: string, table: string): Promise<void> {
    const client = new pg.Client(database);
    await client.connect();
    onTestFinished(() => client.end());
    await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  }

  it.each(['request_windows', 'accounts', 'events'])(
    'does not make a server that counts no requests not ready, as creates succeed: %s',
    async (table) => {
      const { database, team } = await prepare();
      const store = await open({ url: database, timeoutMs: 2000, countsRequests: false });
      await lock(database, table);

      await expect(store.check()).resolves.toBeUndefined();
      expect((await store.createOrganization(withKey(team, 'k'))).kind).toBe('created');
    },
  );

  it.each([
    ['request_windows', true],
    ['api_keys', false],
    ['customers', false],
    ['organizations', false],
    ['organization_members', false],
    ['idempotency_keys', false],
  ])('makes a server not ready that needs it: %s', async (table, countsRequests) => {
    const { database } = await prepare();
    const store = await open({ url: database, timeoutMs: 200, countsRequests });
    await vi.waitFor(() => store.check(), { timeout: 10_000 });
    await lock(database, table);

    await expect(store.check()).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });
});

const REJECT = `CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$`;
const ADD_REGION = 'ALTER TABLE organization_members ADD region text';
const DEFERRED = 'CREATE CONSTRAINT TRIGGER rejected AFTER INSERT ON organizations DEFERRABLE INITIALLY DEFERRED';

describe('tables that something else has changed', () => {
  it.each([
    [
      '23514: new row for relation "organizations" violates check constraint "ck"',
      'ALTER TABLE organizations ADD CONSTRAINT ck CHECK (false) NOT VALID',
      'ALTER TABLE organizations DROP CONSTRAINT ck',
    ],
    [
      '23502: null value in column "region" of relation "organization_members" violates not-null constraint',
      `${ADD_REGION} NOT NULL DEFAULT ''; ALTER TABLE organization_members ALTER region DROP DEFAULT`,
      'ALTER TABLE organization_members DROP region',
    ],
    [
      'P0001: not today',
      `${REJECT}; CREATE TRIGGER rejected BEFORE INSERT ON organizations FOR EACH ROW EXECUTE FUNCTION reject()`,
      'DROP TRIGGER rejected ON organizations',
    ],
    [
      'P0001: not today',
      `${REJECT}; ${DEFERRED} FOR EACH ROW EXECUTE FUNCTION reject()`,
      'DROP TRIGGER rejected ON organizations',
    ],
    [
      '42P01: relation "organization_members" does not exist',
      'ALTER TABLE organization_members RENAME TO others',
      'ALTER TABLE others RENAME TO organization_members',
    ],
    [
      '42703: column "origin_version" of relation "organizations" does not exist',
      'ALTER TABLE organizations RENAME api_version TO origin_version',
      'ALTER TABLE organizations RENAME origin_version TO api_version',
    ],
  ])('make the readiness check fail (%s), until they are changed back', async (reason, change, undo) => {
    const { database, role, team } = await prepare();
    const store = await open(role);
    await store.check();
    await store.createOrganization(organization(team));

    await postgres.query(database, change);
    const failed = store.createOrganization(organization(team));
    await expect(failed).rejects.toMatchObject({ name: 'StoreUnavailableError', kind: 'schema' });
    await expect(store.check()).rejects.toMatchObject({ kind: 'schema' });
    const message = await failed.catch((error: Error) => error.message);
    expect(message).toContain(reason.replace('origin_version', 'api_version'));
    expect(message).toContain('Something else has changed the tables');

    await postgres.query(database, undo);
    await expect(store.check()).resolves.toBeUndefined();
    expect((await store.createOrganization(organization(team))).kind).toBe('created');
  });

  it.each([
    ['organizations', 'schema', 'drops rows of organizations'],
    ['organization_members', 'schema', 'drops rows of organizations'],
    ['idempotency_keys', 'schema', 'idempotency_keys. Something else has changed the tables'],
  ])('make the readiness check fail when they drop the rows of %s without an error', async (table, kind, text) => {
    const { database, role } = await prepare();
    await postgres.query(
      database,
      `CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER dropped BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION drop_row()`,
    );
    const store = await open(role);

    const ended = store.check();
    await expect(ended).rejects.toMatchObject({ name: 'StoreUnavailableError', kind });
    expect(await ended.catch((error: Error) => error.message)).toContain(text);

    await postgres.query(database, `DROP TRIGGER dropped ON ${table}`);
    await expect(store.check()).resolves.toBeUndefined();
    expect(await postgres.query(database, 'SELECT FROM organizations')).toEqual([]);
  });

  it('make the readiness check fail before the first create', async () => {
    const { database, role } = await prepare();
    await postgres.query(database, 'ALTER TABLE organizations ADD CONSTRAINT ck CHECK (false) NOT VALID');
    const store = await open(role);

    await expect(store.check()).rejects.toMatchObject({ kind: 'schema' });
    expect(await postgres.query(database, 'SELECT FROM organizations')).toEqual([]);
  });

  it('stay ready when they affect a single create, and store the other creates', async () => {
    const { database, role, team } = await prepare();
    const store = await open(role);
    const rejected = organization(team);
    const [rule] = [`organization_id <> '${rejected.id}'`];
    await postgres.query(database, `ALTER TABLE organizations ADD CONSTRAINT ck CHECK (${rule})`);

    const creates = [organization(team), rejected, organization(team)].map((each) => store.createOrganization(each));
    const outcomes = await Promise.allSettled(creates);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(store.check()).resolves.toBeUndefined();
  });

  it('make the readiness check fail while the role may not see their schema', async () => {
    const { database, role, team } = await prepare();
    const store = await open(role);

    await postgres.query(database, 'REVOKE USAGE ON SCHEMA public FROM public');
    await expect(store.createOrganization(organization(team))).rejects.toMatchObject({ kind: 'schema' });
    await expect(store.check()).rejects.toMatchObject({ kind: 'schema' });

    await postgres.query(database, 'GRANT USAGE ON SCHEMA public TO public');
    await expect(store.check()).resolves.toBeUndefined();
  });
});
