// Deleting a large account from PostgreSQL reads each of its rows a few times, not once for every other.
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { closeOnce } from '../../support/fixtures.ts';
import { fillLargeAccount, ORGANIZATIONS } from '../../support/postgres/large-account.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';

const postgres = await startPostgres();
afterAll(() => postgres.close());

const fill = (url: string, account: string, customers: number) =>
  fillLargeAccount((text) => postgres.query(url, text, [account]), customers);

/** Adds this number of accounts with many organizations each. */
async function prepareMany(count: number) {
  const url = await postgres.createDatabase();
  const store = await openPostgresStore({ url });
  onTestFinished(() => store.close());
  const names = Array.from({ length: count }, (_, n) => `Large ${n}`);
  const accounts = await Promise.all(names.map((name) => store.addAccount(name)));
  for (const account of accounts) await fill(url, account, 1);
  return { url, accounts, indexes: () => listIndexes(url) };
}

/** Opens another store, like a separate process. */
async function openAnother(url: string) {
  const store = await openPostgresStore({ url });
  onTestFinished(() => store.close());
  return store;
}

/** The indexes of erasures. */
async function listIndexes(url: string): Promise<string[]> {
  const text = "SELECT relname AS name FROM pg_class WHERE relkind = 'i'";
  const names = (await postgres.query<{ name: string }>(url, text)).map(({ name }) => name);
  return names.filter((name) => name.startsWith('erasure_'));
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
  const indexes = () => listIndexes(url);
  return { url, account, store, close, contents, indexes };
}

describe('a large account', () => {
  it('is deleted with as many reads as it has rows, and leaves no index', async () => {
    const { url, account, store, close, contents, indexes } = await prepare({ customers: ORGANIZATIONS });
    // A process that was killed left this index behind.
    await postgres.query(url, 'CREATE INDEX erasure_members ON organization_members (position)');
    await postgres.query(url, 'SELECT pg_stat_reset()');

    expect(await store.deleteAccount(account, { withData: true })).toEqual({ kind: 'deleted', contents });
    await close();

    const text = 'SELECT sum(idx_tup_read)::int8::text AS reads FROM pg_stat_user_indexes';
    const countReads = async () => Number((await postgres.query<{ reads: string }>(url, text))[0]?.reads);
    // The server counts the reads of a connection when its process has ended, which may be after `close`.
    await expect.poll(countReads, { timeout: 10_000 }).toBeGreaterThan(4 * ORGANIZATIONS);
    expect(await countReads()).toBeLessThan(20 * ORGANIZATIONS);
    expect(await indexes()).toEqual([]);
    expect(await postgres.query(url, 'SELECT FROM customers')).toEqual([]);
  });

  it('is deleted by a role that may not create indexes', async () => {
    const { url, account, store, contents, indexes } = await prepare({ customers: 1, user: 'erasure_role' });
    // The deletion does not take long without these rows.
    await postgres.query(url, 'DELETE FROM idempotency_keys');

    expect(await store.deleteAccount(account, { withData: true })).toEqual({ kind: 'deleted', contents });

    expect(await indexes()).toEqual([]);
  });

  it('is deleted after others that are being deleted, by one command after the other', async () => {
    const { url, accounts, indexes } = await prepareMany(3);
    const [first = '', ...others] = accounts;
    const waits: string[] = [];

    const deletions = await Promise.all(
      [first, ...others, first].map(async (account) => {
        const store = await openAnother(url);
        return store.deleteAccount(account, { withData: true, onWait: (reason) => waits.push(reason) });
      }),
    );

    expect(deletions.map(({ kind }) => kind).sort()).toEqual(['deleted', 'deleted', 'deleted', 'unknown']);
    expect(waits).toContain('Another command is deleting a large account. Waiting until it has finished.');
    expect(await indexes()).toEqual([]);
    expect(await postgres.query(url, 'SELECT FROM accounts')).toEqual([]);
  });

  it('names the transaction that its indexes wait for, and is deleted after that', async () => {
    const { url, accounts, indexes } = await prepareMany(1);
    const [account = ''] = accounts;
    const dump = new pg.Client({ connectionString: url, application_name: 'nightly dump' });
    await dump.connect();
    onTestFinished(() => dump.end());
    await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows } = await dump.query<{ pid: number }>('SELECT pg_backend_pid() AS pid FROM customers LIMIT 1');
    const waits: string[] = [];
    const store = await openAnother(url);

    const deletion = store.deleteAccount(account, { withData: true, onWait: (reason) => waits.push(reason) });
    await vi.waitUntil(() => waits.length > 0, { timeout: 60_000, interval: 50 });
    await dump.query('COMMIT');

    expect((await deletion).kind).toBe('deleted');
    expect(waits[0]).toContain(`process ${rows[0]?.pid} of PostgreSQL (nightly dump), which began`);
    expect(await indexes()).toEqual([]);
  });

  it('is deleted after a process that was killed while it created an index', async () => {
    const { url, accounts, indexes } = await prepareMany(1);
    // This unique index cannot be created, so that an invalid one stays behind.
    const text = 'CREATE UNIQUE INDEX CONCURRENTLY erasure_members ON organization_members (customer_id)';
    await expect(postgres.query(url, text)).rejects.toThrow('could not create unique index');
    expect(await indexes()).toEqual(['erasure_members']);
    const [account = ''] = accounts;
    const store = await openAnother(url);

    expect((await store.deleteAccount(account, { withData: true })).kind).toBe('deleted');

    expect(await indexes()).toEqual([]);
  });
});
