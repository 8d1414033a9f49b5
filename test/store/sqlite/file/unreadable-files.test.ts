// Errors of the file system and of SQLite that come from checking the files, and not from a statement.
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileChecks } from '../../../../server/store/sqlite/file/guards/file-checks.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { closeOnce, databasePath } from '../../../support/fixtures.ts';
import { batches } from '../../conformance/store-fixture.ts';

/** Makes the folder of a file unreadable while `work` runs. */
async function hideFolder(path: string, work: () => unknown): Promise<void> {
  const folder = dirname(path);
  renameSync(folder, `${folder}.hidden`);
  symlinkSync(folder, folder);
  try {
    await work();
  } finally {
    rmSync(folder);
    renameSync(`${folder}.hidden`, folder);
  }
}

const customersFrom = (start: number) =>
  Array.from({ length: 10_000 }, (_, at) => ({ id: String(start + at), name: 'X' }));

async function open() {
  const path = await databasePath();
  const store = openSqliteStore({ path, onWarning: () => {} });
  const close = closeOnce(store);
  onTestFinished(close);
  return { path, store, close, account: await store.addAccount('Acme') };
}

describe('a database whose folder cannot be looked into', () => {
  it('is unavailable, and available again afterwards', async () => {
    const { path, store, account } = await open();
    const unavailable = { name: 'StoreUnavailableError', kind: 'file', message: expect.stringContaining('(ELOOP)') };

    await hideFolder(path, async () => {
      for (const work of [
        () => store.check(),
        () => store.addAccount('Other'),
        () => store.purgeIdempotencyKeys(1),
        () => store.deleteCustomer(account, 'x'),
        () => store.importCustomers(account, batches([{ id: 'x', name: 'X' }])),
        () =>
          store.importCustomers(
            account,
            batches([...customersFrom(0), ...customersFrom(10_000), { id: 'x', name: 'X' }]),
          ),
      ])
        await expect(work()).rejects.toMatchObject(unavailable);
      expect(await store.listAccounts()).toHaveLength(1);
    });

    await store.check();
  });

  it('can be closed', async () => {
    const { path, close } = await open();

    await hideFolder(path, () => expect(close()).resolves.toBeUndefined());
  });

  it('is not reported as truncated', async () => {
    const path = await databasePath();
    const database = new DatabaseSync(path);
    onTestFinished(() => database.close());
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const files = new FileChecks(database, path);

    await hideFolder(path, () => expect(() => files.checkTruncation()).not.toThrow());
    expect(files.isTruncated).toBe(false);
    files.close();
  });
});

it('a store can be closed when the file of its lock cannot be removed', async () => {
  const { path, close } = await open();
  rmSync(`${path}-serve`);
  mkdirSync(`${path}-serve`);

  await expect(close()).resolves.toBeUndefined();
});

it('a store that lacks a column is rejected in one line', async () => {
  const { path, close } = await open();
  await close();
  const database = new DatabaseSync(path);
  database.exec('ALTER TABLE organizations RENAME api_version TO other');
  database.close();

  const rejected = {
    name: 'StoreOpenError',
    message: expect.stringMatching(/api_version.*Something else has changed/),
  };
  for (const onWarning of [() => {}, undefined])
    expect(() => openSqliteStore({ path, ...(onWarning && { onWarning }) })).toThrow(expect.objectContaining(rejected));
});

it('a large import fails in one line when its tables are removed meanwhile', async () => {
  const { path, store, account } = await open();
  const other = new DatabaseSync(path);
  onTestFinished(() => other.close());
  async function* customers() {
    yield customersFrom(10_000);
    yield customersFrom(20_000);
    yield customersFrom(30_000);
    other.exec('DROP VIEW IF EXISTS current_customers; ALTER TABLE imports RENAME TO others');
    yield customersFrom(40_000);
  }

  await expect(store.importCustomers(account, customers())).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    kind: 'schema',
  });
});
