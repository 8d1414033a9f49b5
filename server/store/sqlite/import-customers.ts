// The import of customers into a SQLite file: collected aside, where it holds up nobody, then moved over in one transaction.
import type { DatabaseSync } from 'node:sqlite';
import { BatchInsert } from '../../sqlite/batch-insert.ts';
import type { Customer, ImportCount, ImportOptions } from '../store.ts';
import { toStoreError } from './errors.ts';
import { waitForLock } from './lock.ts';

let imports = 0;

/** As `Store.importCustomers`; `assertWritable` throws when a commit would be lost. Fastest when the customers come sorted by ID, for then the pages of the table fill one after the other. */
export async function importCustomers(
  database: DatabaseSync,
  account: string,
  customers: AsyncIterable<Customer[]>,
  { dryRun = false, signal, assertWritable }: ImportOptions & { assertWritable: () => void },
): Promise<ImportCount> {
  // A temporary table lies in a file that has no name, so it is gone with the process. Two imports may run on one connection.
  imports += 1;
  const staged = `temp.incoming_${imports}`;
  execute(database, `CREATE TABLE ${staged} (customer_id TEXT NOT NULL, name TEXT NOT NULL) STRICT`);
  try {
    const rows = new BatchInsert(database, `${staged} (customer_id, name)`, 2);
    for await (const batch of customers) {
      signal?.throwIfAborted();
      transact(database, 'BEGIN', () => {
        for (const { id, name } of batch) rows.add(id, name);
        rows.flush();
      });
    }
    signal?.throwIfAborted();
    if (dryRun) return transact(database, 'BEGIN', () => count(database, staged, account));
    return await waitForLock(() => {
      assertWritable();
      return transact(database, 'BEGIN IMMEDIATE', () => {
        const counted = count(database, staged, account);
        move(database, staged, account);
        return counted;
      });
    }, signal);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    execute(database, `DROP TABLE ${staged}`);
  }
}

function count(database: DatabaseSync, staged: string, account: string): ImportCount {
  const counted = database
    .prepare(
      `SELECT count(*) AS total, count(c.name) AS known, coalesce(sum(c.name <> i.name), 0) AS renamed
       FROM ${staged} i LEFT JOIN customers c ON c.account_id = ? AND c.customer_id = i.customer_id`,
    )
    .get(account);
  const [total, known, renamed] = [Number(counted?.total), Number(counted?.known), Number(counted?.renamed)];
  return { added: total - known, renamed, unchanged: known - renamed };
}

/** Who keeps the name is not written, which shortens the time that others wait. */
function move(database: DatabaseSync, staged: string, account: string): void {
  database
    .prepare(
      `INSERT INTO customers (account_id, customer_id, name) SELECT ?, customer_id, name FROM ${staged} WHERE true
       ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name`,
    )
    .run(account);
}

function transact<T>(database: DatabaseSync, begin: string, work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } finally {
    // Some errors, such as a full disk, have ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

function execute(database: DatabaseSync, sql: string): void {
  try {
    database.exec(sql);
  } catch (error) {
    throw toStoreError(error);
  }
}
