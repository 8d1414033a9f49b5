// Deleting a large account from PostgreSQL reads each of its rows a few times, not once for every other.
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { closeOnce } from '../../support/fixtures.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

/** The square of it is above what is deleted without indexes of its own. */
const ORGANIZATIONS = 3200;

/** Organizations of these customers, each with its owner as member and created with a key. */
async function fill(url: string, account: string, customers: number): Promise<void> {
  for (const text of [
    `INSERT INTO customers SELECT $1, gen_random_uuid(), 'Name' FROM generate_series(1, ${customers})`,
    `INSERT INTO organizations SELECT $1, gen_random_uuid(), customer_id, now()
       FROM customers, generate_series(1, ${ORGANIZATIONS / customers}) WHERE account_id = $1`,
    'INSERT INTO organization_members SELECT $1, organization_id, 0, owner_id FROM organizations WHERE account_id = $1',
    `INSERT INTO idempotency_keys
       SELECT $1, gen_random_uuid()::text, sha256(''), organization_id, '{Name}', now() FROM organizations
       WHERE account_id = $1`,
  ])
    await postgres.query(url, text, [account]);
}

async function prepare({ customers, user }: { customers: number; user?: string }) {
  const url = `${await postgres.createDatabase()}?options=-c%20enable_seqscan%3Doff`;
  const owner = await openPostgresStore({ url });
  const account = await owner.addAccount('Large');
  await fill(url, account, customers);
  const contents = { customers, organizations: ORGANIZATIONS, keys: 0 };
  await owner.close();
  if (user !== undefined) {
    await postgres.query(url, `CREATE ROLE ${user} LOGIN PASSWORD 'secret'`);
    await postgres.query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${user}`);
  }
  const using = new URL(url);
  if (user !== undefined) Object.assign(using, { username: user, password: 'secret' });
  const store = await openPostgresStore({ url: using.href });
  const close = closeOnce(store);
  onTestFinished(close);
  const indexes = async () =>
    (await postgres.query<{ name: string }>(url, "SELECT relname AS name FROM pg_class WHERE relkind = 'i'"))
      .map(({ name }) => name)
      .filter((name) => name.startsWith('erasure_'));
  return { url, account, store, close, contents, indexes };
}

describe('a large account', () => {
  it('is deleted with as many reads as it has rows, and leaves no index', async () => {
    const { url, account, store, close, contents, indexes } = await prepare({ customers: ORGANIZATIONS });
    // As of a process that was killed.
    await postgres.query(url, 'CREATE INDEX erasure_members ON organization_members (position)');
    await postgres.query(url, 'SELECT pg_stat_reset()');

    expect(await store.deleteAccount(account, { withData: true })).toEqual({ kind: 'deleted', contents });
    // The server counts what a connection has read when that ends.
    await close();

    const text = 'SELECT sum(idx_tup_read)::int8::text AS reads FROM pg_stat_user_indexes';
    const [row] = await postgres.query<{ reads: string }>(url, text);
    expect(Number(row?.reads)).toBeLessThan(20 * ORGANIZATIONS);
    expect(Number(row?.reads)).toBeGreaterThan(4 * ORGANIZATIONS);
    expect(await indexes()).toEqual([]);
    expect(await postgres.query(url, 'SELECT FROM customers')).toEqual([]);
  });

  it('is deleted by a role that may not create indexes', async () => {
    const { url, account, store, contents, indexes } = await prepare({ customers: 1, user: 'erasure_role' });
    // Without them, it does not take long.
    await postgres.query(url, 'DELETE FROM idempotency_keys');

    expect(await store.deleteAccount(account, { withData: true })).toEqual({ kind: 'deleted', contents });

    expect(await indexes()).toEqual([]);
  });
});
