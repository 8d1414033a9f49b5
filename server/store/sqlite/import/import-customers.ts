// Imports customers into a SQLite file, all or none: a few in one transaction, many by a large import.
import type { Customer } from '../../records.ts';
import type { ImportCount, ImportOptions } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { toStoreError } from '../errors.ts';
import { truncateWal } from '../file/checkpoint.ts';
import { waitForLock } from '../file/wait-for-lock.ts';
import { transact } from '../transact.ts';
import { IncomingTable } from './incoming-table.ts';
import { addCount, type ImportContext, LargeImport, ROWS_PER_TRANSACTION } from './large-import.ts';

export interface SqliteImportOptions extends Omit<ImportOptions, 'signal'>, ImportContext {
  /** Called in the transaction that makes the customers visible. */
  onImported(count: ImportCount): void;
}

/**
 * Implements `Store.importCustomers`. It is fastest for customers that are sorted by ID, because the pages of the table
 * then fill in order.
 */
export async function importCustomers(
  account: string,
  customers: AsyncIterable<Customer[]>,
  options: SqliteImportOptions,
): Promise<ImportCount> {
  const { database, path, dryRun = false, signal, onImported } = options;
  // A database in memory has no other users that would wait.
  const parts = split(customers, path === undefined ? Number.POSITIVE_INFINITY : ROWS_PER_TRANSACTION);
  try {
    using table = new IncomingTable(database);
    if (dryRun) return await countChanges(table, account, parts, signal);
    await using large = new LargeImport(account, options);
    for await (const part of parts) {
      signal?.throwIfAborted();
      if (table.rows > 0) await large.add(table);
      table.fill(part);
    }
    signal?.throwIfAborted();
    const count = large.isEmpty ? await importAtOnce(table, account, options) : undefined;
    if (count) return count;
    await large.add(table);
    return await large.publish(onImported);
  } catch (cause) {
    const error = toStoreError(cause);
    // Pages that were rolled back still take space in the WAL.
    if (error instanceof StoreUnavailableError && error.kind === 'full') truncateWal(database);
    throw error;
  }
}

async function countChanges(
  table: IncomingTable,
  account: string,
  parts: AsyncIterable<Customer[]>,
  signal: AbortSignal | undefined,
): Promise<ImportCount> {
  const total: ImportCount = { added: 0, renamed: 0, unchanged: 0 };
  for await (const part of parts) {
    signal?.throwIfAborted();
    table.fill(part);
    addCount(total, table.countChanges(account));
  }
  return total;
}

/**
 * Imports in one transaction. Changes nothing and returns undefined while a large import into the account is
 * unfinished.
 */
async function importAtOnce(
  table: IncomingTable,
  account: string,
  { database, checkFiles, onImported, signal }: SqliteImportOptions,
): Promise<ImportCount | undefined> {
  const findImport = database.prepare('SELECT 1 FROM imports WHERE account_id = ?');
  const insert = database.prepare(
    `INSERT INTO customers (account_id, customer_id, name) SELECT ?, customer_id, name FROM ${table.name} WHERE true
     ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name`,
  );
  return waitForLock(() => {
    checkFiles();
    return transact(database, 'BEGIN IMMEDIATE', () => {
      if (findImport.get(account)) return undefined;
      const count = table.countChanges(account);
      insert.run(account);
      onImported(count);
      return count;
    });
  }, signal);
}

/** Joins and splits batches to this number of customers. */
async function* split(batches: AsyncIterable<Customer[]>, size: number): AsyncIterable<Customer[]> {
  let part: Customer[] = [];
  for await (const batch of batches) {
    for (const customer of batch) {
      part.push(customer);
      if (part.length < size) continue;
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}
