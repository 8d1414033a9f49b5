// Opens SQLite stores with one account and one customer, for backups.
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { SqliteOptions } from '../../../../server/store/sqlite/options.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import type { Store } from '../../../../server/store/store.ts';
import { closeOnce, databasePath } from '../../../support/fixtures.ts';
import { batches } from '../../conformance/store-fixture.ts';

/** A store that is closed after the test. */
export function open(options: SqliteOptions): Store {
  const store = openSqliteStore(options);
  onTestFinished(() => store.close());
  return store;
}

/** An open store with one account and one customer. */
export async function fill(more: Partial<SqliteOptions> = {}) {
  const path = await databasePath();
  const store = openSqliteStore({ path, ...more });
  const close = closeOnce(store);
  onTestFinished(close);
  const account = await store.addAccount('Acme');
  const ownerId = randomUUID();
  await store.importCustomers(account, batches([{ id: ownerId, name: 'Owner' }]));
  const create = async () => {
    const id = randomUUID();
    await store.createOrganization({ account, id, ownerId, memberIds: [] });
    return id;
  };
  return { path, store, close, account, create };
}
