// Time limits that the role has for other programs: they end neither a long command nor an idle connection.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseDatabaseUrl } from '../../../server/store/postgres/address/url.ts';
import { toStoreError } from '../../../server/store/postgres/connection/errors.ts';
import { toOpenError } from '../../../server/store/postgres/schema/open-error.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { PASSWORD, startPostgres } from '../../support/postgres/postgres.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

const LIMIT_MS = 1000;
const LIMITS = ['transaction_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout'];

/** A migrated database, and the URL of a role with these limits. */
async function prepare(limits: string[]) {
  const database = await postgres.createDatabase();
  await (await openPostgresStore({ url: database })).close();
  const role = `role_${randomUUID().slice(0, 8)}`;
  await postgres.query(database, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await postgres.query(database, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
  for (const name of limits) await postgres.query(database, `ALTER ROLE ${role} SET ${name} = ${LIMIT_MS}`);
  const url = new URL(database);
  url.username = role;
  const pids = async () =>
    postgres.query<{ pid: number }>(
      database,
      `SELECT pid FROM pg_stat_activity WHERE usename = '${role}' ORDER BY pid`,
    );
  const pass = () => postgres.query(database, `SELECT pg_sleep(${(2 * LIMIT_MS) / 1000})`);
  return { url: url.href, pids, pass };
}

describe('a role with time limits for other programs', () => {
  it.each(LIMITS)('imports for longer than %s', async (name) => {
    const { url, pass } = await prepare([name]);
    const store = await openPostgresStore({ url });
    onTestFinished(() => store.close());
    const account = await store.addAccount('Acme');
    async function* customers() {
      yield [{ id: randomUUID(), name: 'One' }];
      await pass();
      yield [{ id: randomUUID(), name: 'Two' }];
    }

    expect(await store.importCustomers(account, customers())).toMatchObject({ added: 2 });
  });

  it('keeps an idle connection for longer than they are', async () => {
    const { url, pids, pass } = await prepare(LIMITS);
    const store = await openPostgresStore({ url, poolSize: 1 });
    onTestFinished(() => store.close());
    await store.listAccounts();
    const before = await pids();

    await pass();

    expect(before).toHaveLength(1);
    expect(await pids()).toEqual(before);
  });
});

describe.each([
  ['25P03', 'idle_in_transaction_session_timeout'],
  ['25P04', 'transaction_timeout'],
  ['57P05', 'idle_session_timeout'],
])('the error %s', (state, name) => {
  const error = Object.assign(new pg.DatabaseError('terminating connection', 0, 'error'), { code: state });
  const advice = `PostgreSQL closed the connection at its ${name}; raise this limit of the role or the database.`;

  it('names the limit', () => {
    expect(toStoreError(error)).toMatchObject({ kind: 'connection', message: expect.stringContaining(advice) });
    const address = parseDatabaseUrl('postgres://u@h/d', {});
    expect(toOpenError(error, address).message).toBe(`Cannot use PostgreSQL (d on h:5432 as u): ${advice}`);
  });
});
