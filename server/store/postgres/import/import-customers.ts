// Imports customers into PostgreSQL, or counts what an import would change.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Customer } from '../../records.ts';
import type { ImportCount, ImportOptions } from '../../store.ts';
import type { Query } from '../connection/query.ts';
import { COUNT_CUSTOMERS, IMPORT_CUSTOMERS } from '../statements.ts';
import { encodeUuidArray } from '../uuid-array.ts';

/**
 * Implements `Store.importCustomers` inside a transaction of the caller, so that the import becomes visible as a whole.
 * Imports into the same account wait for each other; creates do not wait.
 */
export async function importCustomers(
  query: Query,
  account: string,
  customers: AsyncIterable<Customer[]>,
  { dryRun = false, signal }: ImportOptions,
): Promise<ImportCount> {
  if (!dryRun)
    await query({ text: 'SELECT 1 FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE', values: [account] });
  const count: ImportCount = { added: 0, renamed: 0, unchanged: 0 };
  for await (const batch of customers) {
    signal?.throwIfAborted();
    const { known, renamed } = await importBatch(query, account, batch, dryRun);
    count.added += batch.length - known;
    count.renamed += renamed;
    count.unchanged += known - renamed;
  }
  await nextTick(); // Allows a signal that arrived with the last rows to be delivered.
  signal?.throwIfAborted();
  return count;
}

async function importBatch(
  query: Query,
  account: string,
  batch: Customer[],
  dryRun: boolean,
): Promise<{ known: number; renamed: number }> {
  const [counted] = await query<{ known: number; renamed: number }>({
    text: dryRun ? COUNT_CUSTOMERS : IMPORT_CUSTOMERS,
    values: [account, encodeUuidArray(batch.map(({ id }) => id)), batch.map(({ name }) => name)],
  });
  if (!counted) throw new Error('Counting customers returned no row.');
  return counted;
}
