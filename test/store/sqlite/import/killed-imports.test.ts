// The remains of a large import into SQLite whose process was killed.
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Customer } from '../../../../server/store/records.ts';
import { copyDatabase } from '../../../../server/store/sqlite/file/copy/copy-database.ts';
import { tryLockImports } from '../../../../server/store/sqlite/import/import-lock.ts';
import { LIST_CUSTOMERS } from '../../../../server/store/sqlite/statements.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { closeOnce } from '../../../support/fixtures.ts';
import { batches } from '../../conformance/store-fixture.ts';
import { createImportFixture, idOf, LARGE, people } from './import-fixture.ts';

/** The remains of a killed process: an import of some customers. */
function leave(database: DatabaseSync, account: string, customers: Customer[], publishedAt: number | null): void {
  const insert = database.prepare('INSERT INTO imports (account_id, published_at) VALUES (?, ?)');
  const { lastInsertRowid } = insert.run(account, publishedAt);
  for (const { id, name } of customers)
    database.prepare('INSERT INTO imported_customers VALUES (?, ?, ?)').run(lastInsertRowid, id, name);
}

describe('what a killed import has left', () => {
  const serve = (path: string) => openSqliteStore({ path, onWarning: () => {} });

  it.each([
    ['is deleted by the next server unless it was published', null, { [idOf(1)]: 'Before' }],
    ['is completed by the next server if it was published', 1, { [idOf(0)]: 'After', [idOf(1)]: 'After' }],
  ])('%s', async (_, publishedAt, expected) => {
    const { path, account, database, names, count } = await createImportFixture(people(1, 2, 'Before'));
    leave(database, account, people(0, 2, 'After'), publishedAt);
    expect(Object.fromEntries(await names())).toEqual(expected);

    const server = serve(path);
    onTestFinished(closeOnce(server));

    await vi.waitUntil(() => count('imports') === 0);
    expect(count('imported_customers')).toBe(0);
    expect(Object.fromEntries(await names())).toEqual(expected);
    expect(count('customers')).toBe(Object.keys(expected).length);
  });

  it.each([null, 1])('is ended by the next large import (published at %o)', async (publishedAt) => {
    const { store, account, database, names, count } = await createImportFixture();
    leave(database, account, people(0, 2, 'Left'), publishedAt);

    await store.importCustomers(account, batches(people(1, LARGE, 'Next')));

    expect([count('imports'), count('imported_customers')]).toEqual([0, 0]);
    expect((await names()).get(idOf(0))).toBe(publishedAt === null ? undefined : 'Left');
    expect((await names()).get(idOf(1))).toBe('Next');
  });

  it('is ended by the next small import into the same account', async () => {
    const { store, account, database, names } = await createImportFixture();
    leave(database, account, people(0, 2, 'Left'), 1);

    expect(await store.importCustomers(account, batches(people(1, 3, 'Next')))).toEqual({
      added: 1,
      renamed: 1,
      unchanged: 0,
    });

    expect([...(await names()).values()]).toEqual(['Left', 'Next', 'Next']);
  });

  it('is ended by a server that runs already', async () => {
    const { path, account, database, count } = await createImportFixture();
    const server = serve(path);
    onTestFinished(closeOnce(server));

    leave(database, account, people(0, 2, 'Left'), null);

    await vi.waitUntil(() => count('imports') === 0, { timeout: 5000 });
    expect([count('imported_customers'), count('customers')]).toEqual([0, 0]);
  });

  it('is left alone by a server while its process lives', async () => {
    const { path, account, database, count } = await createImportFixture();
    leave(database, account, people(0, 2, 'Staged'), null);
    using lock = tryLockImports(path);
    expect(lock).toBeDefined();

    await serve(path).close();

    expect(count('imported_customers')).toBe(2);
  });

  it('is deleted when its account was deleted', async () => {
    const { path, database, count } = await createImportFixture();
    leave(database, randomUUID(), people(0, 2, 'Left'), 1);

    const server = serve(path);
    onTestFinished(closeOnce(server));

    await vi.waitUntil(() => count('imports') === 0);
    expect([count('imported_customers'), count('customers')]).toEqual([0, 0]);
  });

  it('is part of a backup, and counted in it', async () => {
    const { path, account, database } = await createImportFixture(people(0, 1, 'Before'));
    leave(database, account, people(0, 2, 'Left'), 1);

    expect(copyDatabase(path, `${path}.backup`, 'backup')).toMatchObject({ customers: 2 });
  });

  it('may belong to organizations, which are then deleted like others', async () => {
    const { store, account, database, create } = await createImportFixture();
    leave(database, account, people(0, 2, 'Left'), 1);

    const outcome = await create(store, idOf(0), idOf(1));

    const parties = { owner: { id: idOf(0), name: 'Left' }, members: [{ id: idOf(1), name: 'Left' }] };
    expect(outcome).toMatchObject({ kind: 'created', organization: parties });
    expect(await store.deleteCustomer(account, idOf(1))).toMatchObject({ kind: 'inUse', count: 1 });
    expect(await store.deleteAccount(account, { withData: true })).toMatchObject({ kind: 'deleted' });
  });
});

describe('the list of customers while a killed import is published', () => {
  /** Rows of several pages, as after a kill. Half of the known customers are renamed, and some are new. */
  async function leaveImport() {
    const fixture = await createImportFixture(people(0, 1200, 'Before'));
    const { database, account } = fixture;
    leave(database, account, [...people(0, 600, 'After'), ...people(1100, 1800, 'After')], 1);
    return fixture;
  }

  it('has each customer once, with the new name, in the order of the IDs', async () => {
    const { other, account, store } = await leaveImport();
    const stranger = await store.addAccount('Stranger');
    await store.importCustomers(stranger, batches(people(0, 3, 'Stranger')));
    const list = async (of: string) => {
      const all = [];
      for await (const customer of other.listCustomers(of)) all.push(customer);
      return all;
    };

    const expected = [...people(0, 600, 'After'), ...people(600, 1100, 'Before'), ...people(1100, 1800, 'After')];
    expect(await list(account)).toEqual(expected);
    expect(await list(stranger)).toEqual(people(0, 3, 'Stranger'));
  });

  it('reads of each table only what a page needs', async () => {
    const { database } = await leaveImport();

    const plan = database.prepare(`EXPLAIN QUERY PLAN ${LIST_CUSTOMERS}`).all();

    const details = plan.map(({ detail }) => String(detail));
    for (const table of ['imported_customers', 'customers'])
      expect(details.filter((detail) => detail.includes(` ${table} `))).toEqual([
        expect.stringMatching(new RegExp(`^SEARCH ${table} USING PRIMARY KEY \\(\\w+=\\? AND customer_id>\\?\\)$`)),
      ]);
    // A correlated subquery would run for each row, and read on where a page is full.
    expect(details.join()).not.toContain('CORRELATED');
  });
});
