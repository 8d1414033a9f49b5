// A fixture with a SQLite file that is open in two stores and a connection, and customers to import.
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type { Customer } from '../../../../server/store/records.ts';
import { ROWS_PER_TRANSACTION } from '../../../../server/store/sqlite/import/large-import.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import type { Store } from '../../../../server/store/store.ts';
import { closeOnce, databasePath } from '../../../support/fixtures.ts';
import { batches } from '../../conformance/store-fixture.ts';

/** The number of rows, which take more than one transaction. */
export const LARGE = ROWS_PER_TRANSACTION + 1;

/** The ID of a customer by number. */
export const idOf = (at: number) => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;

/** Customers with these numbers, all with one name. */
export const people = (from: number, to: number, name: string): Customer[] =>
  Array.from({ length: to - from }, (_, at) => ({ id: idOf(from + at), name }));

/** A file with an account, two stores on it that stand for two processes, and a connection that sees committed data. */
export async function createImportFixture(known: Customer[] = []) {
  const path = await databasePath();
  const open = () => {
    const store = openSqliteStore({ path });
    onTestFinished(closeOnce(store));
    return store;
  };
  const [store, other] = [open(), open()];
  const account = await store.addAccount('Acme');
  await store.importCustomers(account, batches(known));
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  const names = async (from: Store = other) => {
    const all = new Map<string, string>();
    for await (const { id, name } of from.listCustomers(account)) all.set(id, name);
    return all;
  };
  const create = (from: Store, ownerId: string, ...memberIds: string[]) =>
    from.createOrganization({ account, id: randomUUID(), ownerId, memberIds });
  return { path, open, store, other, account, database, count, names, create };
}
