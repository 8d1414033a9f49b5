// Large imports into SQLite: many small transactions that are seen as one, and what is left of an import whose process
// was killed.
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Customer } from '../../../server/store/records.ts';
import { copyDatabase } from '../../../server/store/sqlite/file/copy-database.ts';
import { importCustomers } from '../../../server/store/sqlite/import/import-customers.ts';
import { tryLockImports } from '../../../server/store/sqlite/import/import-lock.ts';
import { ROWS_PER_TRANSACTION } from '../../../server/store/sqlite/import/large-import.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { closeOnce, databasePath } from '../../support/fixtures.ts';
import { batches } from '../conformance/store-fixture.ts';

const LARGE = ROWS_PER_TRANSACTION + 1;

const idOf = (at: number) => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const people = (from: number, to: number, name: string): Customer[] =>
  Array.from({ length: to - from }, (_, at) => ({ id: idOf(from + at), name }));

/** A file with an account, two stores on it as of two processes, and a connection that sees what is committed. */
async function createFixture(known: Customer[] = []) {
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

/** Calls `look` whenever something may have been committed, until the promise settles. */
async function watch<T>(promise: Promise<T>, look: () => void | Promise<void>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => {}); // Reported by the return value.
  while (!isSettled) {
    await look();
    await nextTick();
  }
  return settled;
}

describe('a large import into SQLite', () => {
  it('changes no more rows in a transaction than lock the file for a moment', async () => {
    const { store, account, count } = await createFixture(people(0, 10, 'Before'));
    const rows = 3 * ROWS_PER_TRANSACTION + 1;
    const states = [[count('customers'), count('imported_customers')]];

    await watch(store.importCustomers(account, batches(people(0, rows, 'After'))), () => {
      const state = [count('customers'), count('imported_customers')];
      if (state.join() !== states.at(-1)?.join()) states.push(state);
    });

    // Each transaction is followed by a pause, so each is a state: 4 that stage and 4 that move.
    expect(states).toHaveLength(1 + 4 + 4);
    for (const [at, [moved = 0, staged = 0]] of states.slice(1).entries()) {
      const [movedBefore = 0, stagedBefore = 0] = states[at] ?? [];
      expect(Math.abs(staged - stagedBefore)).toBeLessThanOrEqual(ROWS_PER_TRANSACTION);
      expect(moved - movedBefore).toBeLessThanOrEqual(ROWS_PER_TRANSACTION);
    }
    expect(states.at(-1)).toEqual([rows, 0]);
    expect(count('imports')).toBe(0);
  });

  it.each([0, 1, 2])(
    'changes nothing, and gives all space back, when the disk has no room for part %i',
    async (part) => {
      const { path, account, database, count, names } = await createFixture(people(0, 1, 'Before'));
      const context = { database, path, now: Date.now, checkFiles: () => {}, onImported: () => {} };
      let asked = 0;
      // The room is looked at twice for each part.
      const freeBytes = () => (asked++ < 2 * part ? 65_000_000 : 1_000_000);

      const imported = importCustomers(account, batches(people(0, 4 * LARGE, 'After')), { ...context, freeBytes });

      await expect(imported).rejects.toThrow(/^The import does not fit on the disk of .*, and only 1\.0 are free\.$/);
      await expect(imported).rejects.toMatchObject({ kind: 'full' });
      expect([count('imports'), count('imported_customers'), statSync(`${path}-wal`).size]).toEqual([0, 0, 0]);
      expect([...(await names()).values()]).toEqual(['Before']);
    },
  );

  it('reuses the space that a failed one has left in the file', async () => {
    const { path, account, database, count } = await createFixture();
    const context = { database, path, now: Date.now, checkFiles: () => {}, onImported: () => {} };
    const start = (parts: number, freeBytes: () => number) =>
      importCustomers(account, batches(people(0, parts * LARGE, 'After')), { ...context, freeBytes });
    let asked = 0;
    await expect(start(9, () => (asked++ < 14 ? 65_000_000 : 0))).rejects.toThrow('does not fit');
    const { size } = statSync(path);

    // Too little for the file and the log together.
    await start(2, () => 4 * 1_048_576);

    expect(count('customers')).toBe(2 * LARGE);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(statSync(path).size).toBe(size);
  });

  it('is seen by no reader and no create before all of it is', async () => {
    const { store, other, account, names, create } = await createFixture(people(0, 10, 'Before'));
    const [first, last] = [idOf(0), idOf(LARGE - 1)];
    const seen = new Set<string>();

    await watch(store.importCustomers(account, batches(people(0, LARGE, 'After'))), async () => {
      const outcome = await create(other, first, last);
      const list = await names();
      seen.add(
        JSON.stringify({
          list: list.size,
          names: [...new Set(list.values())],
          found: [(await other.findCustomer(account, first))?.name, (await other.findCustomer(account, last))?.name],
          count: (await other.countContents(account)).customers,
          created: outcome.kind === 'created' ? outcome.organization.members[0]?.name : outcome.kind,
        }),
      );
    });

    // A create commits after it looks, and what is read after it may be of the next moment.
    const [before, ...after] = [...seen].map((each) => JSON.parse(each));
    expect(before).toEqual({
      list: 10,
      names: ['Before'],
      found: ['Before', null],
      count: 10,
      created: 'unknownCustomers',
    });
    expect(after).toEqual([
      { list: LARGE, names: ['After'], found: ['After', 'After'], count: LARGE, created: 'After' },
    ]);
  });

  it('lets organizations of both names be listed with the same one', async () => {
    const { store, other, account, create } = await createFixture(people(0, 10, 'Before'));
    await create(store, idOf(0), idOf(1));
    const seen = new Set<string>();

    await watch(store.importCustomers(account, batches(people(0, LARGE, 'After'))), async () => {
      for await (const { owner, members } of other.listOrganizations(account))
        seen.add([owner, ...members].map(({ name }) => name).join());
    });

    expect([...seen]).toEqual(['Before,Before', 'After,After']);
  });

  it('counts what it changes, and writes its event with it', async () => {
    const { store, other, account } = await createFixture([
      ...people(0, 5, 'Same'),
      ...people(LARGE - 3, LARGE, 'Before'),
    ]);
    const next = [...people(0, 5, 'Same'), ...people(5, LARGE, 'After')];

    const dry = await store.importCustomers(account, batches(next), { dryRun: true });
    const count = await store.importCustomers(account, batches(next));

    expect(count).toEqual({ added: LARGE - 8, renamed: 3, unchanged: 5 });
    expect(dry).toEqual(count);
    const events = [];
    for await (const { type, details } of other.listEvents(account)) events.push({ type, details });
    expect(events.at(-1)).toEqual({ type: 'customers.imported', details: count });
    expect(await other.countContents(account)).toMatchObject({ customers: LARGE });
  });

  it('waits for another one, so that both count exactly', async () => {
    const { path, store, other, account } = await createFixture();

    const counts = await Promise.all([
      store.importCustomers(account, batches(people(0, LARGE, 'One'))),
      other.importCustomers(account, batches(people(0, LARGE, 'Two'))),
      store.importCustomers(account, batches(people(LARGE, LARGE + 1, 'Small'))),
    ]);

    const sorted = counts.toSorted((a, b) => a.renamed - b.renamed || b.added - a.added);
    expect(sorted).toEqual([
      { added: LARGE, renamed: 0, unchanged: 0 },
      { added: 1, renamed: 0, unchanged: 0 },
      { added: 0, renamed: LARGE, unchanged: 0 },
    ]);
    expect(existsSync(`${path}-import`)).toBe(false);
  });

  it('leaves nothing when it is aborted', async () => {
    const { path, store, account, count, names } = await createFixture();
    const controller = new AbortController();
    const importing = store.importCustomers(account, batches(people(0, LARGE, 'After')), { signal: controller.signal });

    const watched = watch(importing, () => {
      if (count('imported_customers') > 0) controller.abort(new Error('Aborted.'));
    });

    await expect(watched).rejects.toThrow('Aborted.');
    expect(await names()).toEqual(new Map());
    expect([count('imports'), count('imported_customers'), count('customers')]).toEqual([0, 0, 0]);
    expect(existsSync(`${path}-import`)).toBe(false);
  });

  it('fails when its account is deleted meanwhile, and leaves nothing', async () => {
    const { store, other, account, count } = await createFixture();
    let isDeleted = false;
    const importing = watch(store.importCustomers(account, batches(people(0, LARGE, 'After'))), async () => {
      if (isDeleted || count('imported_customers') === 0) return;
      isDeleted = true;
      await other.deleteAccount(account, { withData: true });
    });

    await expect(importing).rejects.toThrow(StoreUnavailableError);

    expect([count('imports'), count('imported_customers'), count('customers')]).toEqual([0, 0, 0]);
  });

  it.each([
    ['is known, and renamed by what is staged', 0, 'SELECT 1 FROM imported_customers', 'deleted'],
    ['is only staged', LARGE - 1, 'SELECT 1 FROM imported_customers', 'unknown'],
    ['is published', LARGE - 1, 'SELECT 1 FROM published_customers', 'deleted'],
  ])('brings back no customer that was deleted when it %s', async (_, at, isReached, outcome) => {
    const { store, other, account, database, names } = await createFixture(people(0, 1, 'Before'));
    const kinds: string[] = [];

    const count = await watch(store.importCustomers(account, batches(people(0, LARGE, 'After'))), async () => {
      if (kinds.length > 0 || !database.prepare(isReached).get()) return;
      kinds.push((await other.deleteCustomer(account, idOf(at))).kind);
    });

    expect(kinds).toEqual([outcome]);
    expect((await names()).has(idOf(at))).toBe(outcome === 'unknown');
    expect(count).toEqual({ added: LARGE - 1, renamed: 1, unchanged: 0 });
  });
});

/** What a killed process has left: an import of some customers. */
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
    const { path, account, database, names, count } = await createFixture(people(1, 2, 'Before'));
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
    const { store, account, database, names, count } = await createFixture();
    leave(database, account, people(0, 2, 'Left'), publishedAt);

    await store.importCustomers(account, batches(people(1, LARGE, 'Next')));

    expect([count('imports'), count('imported_customers')]).toEqual([0, 0]);
    expect((await names()).get(idOf(0))).toBe(publishedAt === null ? undefined : 'Left');
    expect((await names()).get(idOf(1))).toBe('Next');
  });

  it('is ended by the next small import into the same account', async () => {
    const { store, account, database, names } = await createFixture();
    leave(database, account, people(0, 2, 'Left'), 1);

    expect(await store.importCustomers(account, batches(people(1, 3, 'Next')))).toEqual({
      added: 1,
      renamed: 1,
      unchanged: 0,
    });

    expect([...(await names()).values()]).toEqual(['Left', 'Next', 'Next']);
  });

  it('is ended by a server that runs already', async () => {
    const { path, account, database, count } = await createFixture();
    const server = serve(path);
    onTestFinished(closeOnce(server));

    leave(database, account, people(0, 2, 'Left'), null);

    await vi.waitUntil(() => count('imports') === 0, { timeout: 5000 });
    expect([count('imported_customers'), count('customers')]).toEqual([0, 0]);
  });

  it('is left alone by a server while its process lives', async () => {
    const { path, account, database, count } = await createFixture();
    leave(database, account, people(0, 2, 'Staged'), null);
    using lock = tryLockImports(path);
    expect(lock).toBeDefined();

    await serve(path).close();

    expect(count('imported_customers')).toBe(2);
  });

  it('of a deleted account is deleted', async () => {
    const { path, database, count } = await createFixture();
    leave(database, randomUUID(), people(0, 2, 'Left'), 1);

    const server = serve(path);
    onTestFinished(closeOnce(server));

    await vi.waitUntil(() => count('imports') === 0);
    expect([count('imported_customers'), count('customers')]).toEqual([0, 0]);
  });

  it('is part of a backup, and counted in it', async () => {
    const { path, account, database } = await createFixture(people(0, 1, 'Before'));
    leave(database, account, people(0, 2, 'Left'), 1);

    expect(copyDatabase(path, `${path}.backup`, 'backup')).toMatchObject({ customers: 2 });
  });

  it('may belong to organizations, which are then deleted like others', async () => {
    const { store, account, database, create } = await createFixture();
    leave(database, account, people(0, 2, 'Left'), 1);

    const outcome = await create(store, idOf(0), idOf(1));

    const parties = { owner: { id: idOf(0), name: 'Left' }, members: [{ id: idOf(1), name: 'Left' }] };
    expect(outcome).toMatchObject({ kind: 'created', organization: parties });
    expect(await store.deleteCustomer(account, idOf(1))).toMatchObject({ kind: 'inUse', count: 1 });
    expect(await store.deleteAccount(account, { withData: true })).toMatchObject({ kind: 'deleted' });
  });
});
