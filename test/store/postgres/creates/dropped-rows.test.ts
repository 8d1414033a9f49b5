// Triggers and policies of something else that drop or hide rows in PostgreSQL without an error.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../../../server/store/postgres/store.ts';
import { PASSWORD, startPostgres } from '../../../support/postgres/postgres.ts';
import { addTeam, type Team } from '../../../support/process/replicas.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

const DROP_ROW = `CREATE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`;

const organization = ({ account, body }: Team) => ({ account, id: randomUUID(), ...body });

/** A store of a role that does not own the tables, for which policies hold. */
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
  return { database, store, team };
}

describe('a store on PostgreSQL', () => {
  it.each([
    ['organizations', 1, false],
    ['organizations', 1, true],
    ['organizations', 9, false],
    ['organization_members', 1, false],
    ['organization_members', 1, true],
    ['organization_members', 9, false],
  ])('refuses creates when a trigger drops the rows of %s: %i at once, with key: %s', async (...row) => {
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

  it('is not ready when row security hides all customers', async () => {
    const { database, store } = await prepare();
    await postgres.query(database, 'ALTER TABLE customers ENABLE ROW LEVEL SECURITY');

    await expect(store.check()).rejects.toMatchObject({ kind: 'schema' });

    await postgres.query(database, 'ALTER TABLE customers DISABLE ROW LEVEL SECURITY');
    await expect(store.check()).resolves.toBeUndefined();
  });
});
