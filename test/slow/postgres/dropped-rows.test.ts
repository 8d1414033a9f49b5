// Foreign triggers and policies that drop or hide rows in PostgreSQL without an error.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { PASSWORD, startPostgres } from '../../support/postgres/postgres.ts';
import { addTeam, type Team } from '../../support/process/replicas.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

const DROP_ROW = `CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`;

const organization = ({ account, body }: Team) => ({ account, id: randomUUID(), ...body });

/** A store whose role does not own the tables, so that policies apply to it. */
async function prepare() {
  const database = await postgres.createDatabase();
  const owner = await openPostgresStore({ url: database });
  const team = await addTeam(owner);
  await owner.close();
  const role = `role_${randomUUID().slice(0, 8)}`;
  await postgres.query(database, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await postgres.query(database, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  const url = new URL(database);
  url.username = role;
  const store = await openPostgresStore({ url: url.href });
  onTestFinished(() => store.close());
  return { database, role, url: url.href, store, team };
}

describe('a store on PostgreSQL', () => {
  it.each([
    ['organizations', 1, false],
    ['organizations', 1, true],
    ['organizations', 9, false],
    ['organization_members', 1, false],
    ['organization_members', 1, true],
    ['organization_members', 9, false],
  ])('rejects creates when a trigger drops the rows of %s: %i at once, with key: %s', async (...row) => {
    const [table, count, hasKey] = row;
    const { database, store, team } = await prepare();
    const create = () => {
      const idempotency = { key: randomUUID(), fingerprint: new Uint8Array(32) };
      return store.createOrganization({ ...organization(team), ...(hasKey && { idempotency }) });
    };
    await postgres.query(
      database,
      `${DROP_ROW}; CREATE TRIGGER dropped BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION drop_row()`,
    );

    const outcomes = await Promise.allSettled(Array.from({ length: count }, create));

    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { name: 'StoreUnavailableError', message: expect.stringMatching(/drops rows of organizations|23503/) },
      });
    expect(await postgres.query(database, 'SELECT FROM organizations')).toEqual([]);
    await postgres.query(database, `DROP TRIGGER dropped ON ${table}`);
    expect((await create()).kind).toBe('created');
  });
});

describe('counting requests on PostgreSQL', () => {
  it('is unavailable when a trigger drops the count', async () => {
    const { database, store, team } = await prepare();
    await postgres.query(
      database,
      `${DROP_ROW}; CREATE TRIGGER dropped BEFORE INSERT ON request_windows FOR EACH ROW EXECUTE FUNCTION drop_row()`,
    );
    const { account, clientId } = team;

    await expect(store.reserveRequests?.({ account, clientId, requests: 1, windowMs: 60_000 })).rejects.toMatchObject({
      kind: 'schema',
      message: expect.stringContaining('does not store rows in request_windows. Something else has changed'),
    });
  });
});

const UNAVAILABLE = { name: 'StoreUnavailableError', kind: 'denied' };
const affected = (table: string) => ({
  ...UNAVAILABLE,
  message: expect.stringContaining(`row-level security policy for table "${table}"`),
});

describe('row security', () => {
  it.each(['api_keys', 'customers', 'organizations', 'organization_members', 'idempotency_keys', 'request_windows'])(
    'makes the store not ready, with the cause: %s',
    async (table) => {
      const { database, store } = await prepare();
      await store.check();

      await postgres.query(database, `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
      await expect(store.check()).rejects.toMatchObject(affected(table));

      await postgres.query(database, `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
      await expect(store.check()).resolves.toBeUndefined();
    },
  );

  it('does not make a key look unknown', async () => {
    const { database, store, team } = await prepare();
    await postgres.query(database, 'ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY');

    await expect(store.findApiKey(team.clientId)).rejects.toMatchObject(affected('api_keys'));

    await postgres.query(database, 'ALTER TABLE api_keys DISABLE ROW LEVEL SECURITY');
    expect(await store.findApiKey(team.clientId)).toMatchObject({ account: team.account });
  });

  it('reports no unknown customer when a policy hides it', async () => {
    const { database, store, team } = await prepare();
    const hidden = `customer_id <> '${team.body.ownerId}'`;
    await postgres.query(
      database,
      `ALTER TABLE customers ENABLE ROW LEVEL SECURITY; CREATE POLICY one ON customers USING (${hidden})`,
    );

    await expect(store.createOrganization(organization(team))).rejects.toMatchObject(affected('customers'));
    await expect(store.check()).rejects.toMatchObject(affected('customers'));
  });

  it('does not make an export look complete', async () => {
    const { database, store, team } = await prepare();
    await postgres.query(database, 'ALTER TABLE organizations ENABLE ROW LEVEL SECURITY');

    const listing = store.listOrganizations(team.account)[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject(affected('organizations'));
  });

  it('reports no empty database when a policy hides the migrations', async () => {
    const { database, url } = await prepare();
    await postgres.query(database, 'ALTER TABLE customer_organizations_migrations ENABLE ROW LEVEL SECURITY');

    await expect(openPostgresStore({ url })).rejects.toMatchObject({
      name: 'StoreOpenError',
      message: expect.stringMatching(
        /policy for table "customer_organizations_migrations"\. Grant this role .*BYPASSRLS/,
      ),
    });
  });

  it('does not apply to the owner of the tables', async () => {
    const { database, team } = await prepare();
    await postgres.query(database, 'ALTER TABLE customers ENABLE ROW LEVEL SECURITY');
    const store = await openPostgresStore({ url: database });
    onTestFinished(() => store.close());

    await expect(store.check()).resolves.toBeUndefined();
    expect((await store.createOrganization(organization(team))).kind).toBe('created');
  });

  it('does not apply to a role with BYPASSRLS', async () => {
    const { database, role, store, team } = await prepare();
    await postgres.query(database, `ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER ROLE ${role} BYPASSRLS`);

    await expect(store.check()).resolves.toBeUndefined();
    expect((await store.createOrganization(organization(team))).kind).toBe('created');
  });
});
