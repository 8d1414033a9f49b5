// The check of readiness on PostgreSQL, which does the work of a request, and leaves nothing behind.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ACCOUNT_LOCK } from '../../../server/store/postgres/statements.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { addTeam } from '../../support/process/replicas.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

async function prepare(options: Partial<Parameters<typeof openPostgresStore>[0]> = {}) {
  const database = await postgres.createDatabase();
  const store = await openPostgresStore({ url: database, ...options });
  onTestFinished(() => store.close());
  const team = await addTeam(store);
  const query = (text: string) => postgres.query(database, text);
  return { database, store, team, query };
}

const constrain = (table: string, condition: string) => [
  `ALTER TABLE ${table} ADD CONSTRAINT ck CHECK (${condition}) NOT VALID`,
  `ALTER TABLE ${table} DROP CONSTRAINT ck`,
];
const rename = (table: string, column: string) => [
  `ALTER TABLE ${table} RENAME ${column} TO other`,
  `ALTER TABLE ${table} RENAME other TO ${column}`,
];
const trigger = (table: string, when: string, body: string) => [
  `CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$;
    CREATE TRIGGER act ${when} INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION act()`,
  `DROP TRIGGER act ON ${table}`,
];

/** Changes that make the store not ready, each with the statement that reverts it. */
const CHANGES: Record<string, string[]> = {
  'a constraint on the version': constrain('organizations', "api_version = '2099-01-01'"),
  'a constraint on the client': constrain('organizations', "client_id LIKE 'zz%'"),
  'a constraint on the request': constrain('organizations', 'request_id IS NULL'),
  'a constraint on members': constrain('organization_members', 'position < 0'),
  'a constraint on idempotency keys': constrain('idempotency_keys', "idempotency_key LIKE 'zz%'"),
  'a constraint on the count of requests': constrain('request_windows', 'used < 1'),
  'a trigger that looks at the client': trigger(
    'organizations',
    'BEFORE',
    "IF NEW.client_id IS NOT NULL THEN RAISE 'not today'; END IF; RETURN NEW",
  ),
  'a trigger that drops counts of requests': trigger('request_windows', 'BEFORE', 'RETURN NULL'),
  'a trigger that deletes what was stored': trigger(
    'organization_members',
    'AFTER',
    'DELETE FROM organization_members WHERE organization_id = NEW.organization_id; RETURN NULL',
  ),
  'a renamed column of organizations': rename('organizations', 'request_id'),
  'a renamed column of keys': rename('api_keys', 'label'),
  'a renamed column of the count of requests': rename('request_windows', 'used'),
};

describe('the check of readiness on PostgreSQL', () => {
  it.each(Object.entries(CHANGES))('rejects at once after %s, and resolves when it is undone', async (_, changes) => {
    const { store, query } = await prepare();
    const [change = '', undo = ''] = changes;
    await store.check();

    await query(change);
    await expect(store.check()).rejects.toMatchObject({ name: 'StoreUnavailableError', kind: 'schema' });

    await query(undo);
    await expect(store.check()).resolves.toBeUndefined();
  });

  it('rejects without customers when a login would fail', async () => {
    const { store, query } = await prepare();
    await query('DELETE FROM customers; ALTER TABLE api_keys RENAME secret_sha256 TO other');

    await expect(store.findApiKey('client')).rejects.toMatchObject({ kind: 'schema' });
    await expect(store.check()).rejects.toMatchObject({ kind: 'schema' });
  });

  it('does not depend on the count of requests in a server that does not count them', async () => {
    const { store, query } = await prepare({ countsRequests: false });
    await query(constrain('request_windows', 'used < 1')[0] ?? '');

    await expect(store.check()).resolves.toBeUndefined();
  });

  it('leaves nothing behind', async () => {
    const { store, query } = await prepare();

    for (let check = 0; check < 3; check++) await store.check();

    for (const table of ['organizations', 'organization_members', 'idempotency_keys', 'request_windows'])
      expect(await query(`SELECT FROM ${table}`)).toEqual([]);
  });

  it('resolves while the customer that it takes is deleted', async () => {
    const { database, store } = await prepare();
    const other = new pg.Client(database);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query(
      'BEGIN; DELETE FROM customers WHERE customer_id = (SELECT min(customer_id::text)::uuid FROM customers)',
    );

    const checked = store.check();
    await vi.waitUntil(
      async () =>
        (await postgres.query(database, "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).length > 0,
    );
    await other.query('COMMIT');

    await expect(checked).resolves.toBeUndefined();
  });

  it('resolves while an account is being deleted whose create was denied', async () => {
    const { database, store, team, query } = await prepare();
    const account = await store.addAccount('Another');
    const id = randomUUID();
    await query(`INSERT INTO customers VALUES ('${account}', '${id}', 'Name')`);
    await query(`${trigger('organizations', 'BEFORE', "RAISE 'denied' USING ERRCODE = '42501'")[0]}`);
    await expect(store.createOrganization({ account, id, ownerId: id, memberIds: [] })).rejects.toThrow('42501');
    await query('DROP TRIGGER act ON organizations');
    const other = new pg.Client(database);
    await other.connect();
    onTestFinished(() => other.end());
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(${ACCOUNT_LOCK})`, [account]);

    await expect(store.createOrganization({ account, id, ownerId: id, memberIds: [] })).rejects.toThrow(
      'being deleted',
    );
    await expect(store.check()).resolves.toBeUndefined();
    expect((await store.createOrganization({ account: team.account, id, ...team.body })).kind).toBe('created');
  });
});
