// Fills databases with organizations of ten members each. Bypasses the store, because single creates would take hours.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Customer } from '../../../server/store/records.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';

export const CUSTOMERS = 100_000;

export interface Filled extends AsyncDisposable {
  /** The stores, one for each size. */
  stores: Store[];
  account: string;
}

/** The ID of a customer by number, modulo the number of customers. */
export function customerId(number: number): string {
  return `00000000-0000-4000-8000-${(number % CUSTOMERS).toString(16).padStart(12, '0')}`;
}

async function* customers(): AsyncIterable<Customer[]> {
  for (let start = 0; start < CUSTOMERS; start += 5000)
    yield Array.from({ length: 5000 }, (_, offset) => ({
      id: customerId(start + offset),
      name: `Customer ${start + offset}`,
    }));
}

async function addAccount(store: Store): Promise<string> {
  const account = await store.addAccount('Growth');
  await store.importCustomers(account, customers());
  return account;
}

// IDs sort before all new ones. Owners and members are spread over the customers.
const organizationId = "'01900000-0000-7000-8000-'";
const customer = "'00000000-0000-4000-8000-'";

export async function fillSqlite(sizes: number[]): Promise<Filled> {
  const folder = await mkdtemp(join(tmpdir(), 'customer-organizations-growth-'));
  const stores: Store[] = [];
  let account = '';
  for (const [index, size] of sizes.entries()) {
    const path = join(folder, `${index}.db`);
    const store = openSqliteStore({ path });
    const own = await addAccount(store);
    account ||= own;
    await store.close();
    const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    // The account has the same ID in each file.
    for (const table of ['accounts', 'customers']) database.prepare(`UPDATE ${table} SET account_id = ?`).run(account);
    const parameters = { account, size };
    database.exec('PRAGMA synchronous = OFF; BEGIN');
    database
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 0 WHERE $size > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $size)
         INSERT INTO organizations (account_id, organization_id, owner_id, created_at)
         SELECT $account, ${organizationId} || printf('%012x', i),
           ${customer} || printf('%012x', i * 11 % ${CUSTOMERS}), 0 FROM n`,
      )
      .run(parameters);
    database
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 0 WHERE $size > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $size * 10)
         INSERT INTO organization_members (account_id, organization_id, position, customer_id)
         SELECT $account, ${organizationId} || printf('%012x', i / 10), i % 10,
           ${customer} || printf('%012x', (i / 10 * 11 + i % 10 + 1) % ${CUSTOMERS}) FROM n`,
      )
      .run(parameters);
    database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    stores.push(openSqliteStore({ path }));
  }
  return {
    stores,
    account,
    [Symbol.asyncDispose]: async () => {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL's defaults with more memory. Every commit is flushed to disk. */
const DURABLE = ['fsync=on', 'full_page_writes=on', 'shared_buffers=512MB', 'max_wal_size=4GB'];

export async function fillPostgres(sizes: number[]): Promise<Filled> {
  const postgres = await startPostgres(DURABLE.flatMap((setting) => ['-c', setting]));
  const stores: Store[] = [];
  let account = '';
  for (const size of sizes) {
    const url = await postgres.createDatabase();
    // Measurements must not time out.
    const store = await openPostgresStore({ url, timeoutMs: 60_000 });
    stores.push(store);
    const own = await addAccount(store);
    account ||= own;
    // Disables foreign key checks, so that the account can have the same ID in each database.
    const unchecked = `${url}?options=-c%20session_replication_role%3Dreplica`;
    for (const table of ['accounts', 'customers'])
      await postgres.query(unchecked, `UPDATE ${table} SET account_id = $1`, [account]);
    await postgres.query(
      unchecked,
      `INSERT INTO organizations (account_id, organization_id, owner_id, created_at)
       SELECT $1, (${organizationId} || lpad(to_hex(i), 12, '0'))::uuid,
         (${customer} || lpad(to_hex(i * 11 % ${CUSTOMERS}), 12, '0'))::uuid, now()
       FROM generate_series(0::bigint, $2::bigint - 1) AS i`,
      [account, size],
    );
    await postgres.query(
      unchecked,
      `INSERT INTO organization_members (account_id, organization_id, position, customer_id)
       SELECT $1, (${organizationId} || lpad(to_hex(i), 12, '0'))::uuid, p,
         (${customer} || lpad(to_hex((i * 11 + p + 1) % ${CUSTOMERS}), 12, '0'))::uuid
       FROM generate_series(0::bigint, $2::bigint - 1) AS i, generate_series(0, 9) AS p`,
      [account, size],
    );
    await postgres.query(url, 'VACUUM ANALYZE');
  }
  await postgres.query(await postgres.createDatabase(), 'CHECKPOINT');
  return {
    stores,
    account,
    [Symbol.asyncDispose]: async () => {
      for (const store of stores) await store.close();
      await postgres.close();
    },
  };
}
