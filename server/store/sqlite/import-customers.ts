// Imports customers into a SQLite file: collects them in a temporary table, which locks nothing, then moves them in one
// transaction.
import type { DatabaseSync } from 'node:sqlite';
import { BatchInsert } from '../../sqlite/batch-insert.ts';
import type { Customer, ImportCount, ImportOptions } from '../store.ts';
import { toStoreError } from './errors.ts';
import { waitForLock } from './lock.ts';
import { transact } from './transact.ts';

let imports = 0;

/**
 * Implements `Store.importCustomers`. Fastest when the customers are sorted by ID, because the pages of the table then
 * fill in order. `checkFiles` throws when a commit would be lost; `onMoved` is called in
 * the transaction that adds the customers.
 */
export async function importCustomers(
  database: DatabaseSync,
  account: string,
  customers: AsyncIterable<Customer[]>,
  {
    dryRun = false,
    signal,
    checkFiles,
    onMoved,
  }: ImportOptions & { checkFiles(): void; onMoved(count: ImportCount): void },
): Promise<ImportCount> {
  // SQLite keeps temporary tables in an unnamed file. Two imports may run on one connection.
  imports += 1;
  const table = `temp.incoming_${imports}`;
  execute(database, `CREATE TABLE ${table} (customer_id TEXT NOT NULL, name TEXT NOT NULL) STRICT`);
  try {
    const insert = new BatchInsert(database, `${table} (customer_id, name)`, 2);
    for await (const batch of customers) {
      signal?.throwIfAborted();
      transact(database, 'BEGIN', () => {
        for (const { id, name } of batch) insert.add(id, name);
        insert.flush();
      });
    }
    signal?.throwIfAborted();
    if (dryRun) return transact(database, 'BEGIN', () => countChanges(database, table, account));
    return await waitForLock(() => {
      checkFiles();
      return transact(database, 'BEGIN IMMEDIATE', () => {
        const count = countChanges(database, table, account);
        moveCustomers(database, table, account);
        onMoved(count);
        return count;
      });
    }, signal);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    execute(database, `DROP TABLE ${table}`);
  }
}

function countChanges(database: DatabaseSync, table: string, account: string): ImportCount {
  const row = database
    .prepare(
      `SELECT count(*) AS total, count(c.name) AS known, coalesce(sum(c.name <> i.name), 0) AS renamed
       FROM ${table} i LEFT JOIN customers c ON c.account_id = ? AND c.customer_id = i.customer_id`,
    )
    .get(account);
  const [total, known, renamed] = [Number(row?.total), Number(row?.known), Number(row?.renamed)];
  return { added: total - known, renamed, unchanged: known - renamed };
}

/** Writes no customer whose name is the same, which shortens the time that the file is locked. */
function moveCustomers(database: DatabaseSync, table: string, account: string): void {
  database
    .prepare(
      `INSERT INTO customers (account_id, customer_id, name) SELECT ?, customer_id, name FROM ${table} WHERE true
       ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name`,
    )
    .run(account);
}

function execute(database: DatabaseSync, sql: string): void {
  try {
    database.exec(sql);
  } catch (error) {
    throw toStoreError(error);
  }
}
