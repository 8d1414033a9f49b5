// Large imports into SQLite: many small transactions that appear as one.
import { existsSync, statSync } from 'node:fs';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { importCustomers } from '../../../../server/store/sqlite/import/import-customers.ts';
import { ROWS_PER_TRANSACTION } from '../../../../server/store/sqlite/import/large-import.ts';
import { StoreUnavailableError } from '../../../../server/store/store-errors.ts';
import { batches } from '../../conformance/store-fixture.ts';
import { createImportFixture, idOf, LARGE, people } from './import-fixture.ts';

/** Calls `look` whenever something may have been committed, until the promise settles. */
async function watch<T>(promise: Promise<T>, look: () => void | Promise<void>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => {}); // The returned promise reports the error.
  while (!isSettled) {
    await look();
    await nextTick();
  }
  return settled;
}

describe('a large import into SQLite', () => {
  it('changes no more rows in a transaction than lock the file for a moment', async () => {
    const { store, account, count } = await createImportFixture(people(0, 10, 'Before'));
    const rows = 3 * ROWS_PER_TRANSACTION + 1;
    const states = [[count('customers'), count('imported_customers')]];

    await watch(store.importCustomers(account, batches(people(0, rows, 'After'))), () => {
      const state = [count('customers'), count('imported_customers')];
      if (state.join() !== states.at(-1)?.join()) states.push(state);
    });

    // A pause follows each transaction, so each is a state: 4 that stage and 4 that move.
    expect(states).toHaveLength(1 + 4 + 4);
    for (const [at, [moved = 0, staged = 0]] of states.slice(1).entries()) {
      const [movedBefore = 0, stagedBefore = 0] = states[at] ?? [];
      expect(Math.abs(staged - stagedBefore)).toBeLessThanOrEqual(ROWS_PER_TRANSACTION);
      expect(moved - movedBefore).toBeLessThanOrEqual(ROWS_PER_TRANSACTION);
    }
    expect(states.at(-1)).toEqual([rows, 0]);
    expect(count('imports')).toBe(0);
  });

  it.each([0, 1, 2])('changes nothing, and frees all space, when the disk has no room for part %i', async (part) => {
    const { path, account, database, count, names } = await createImportFixture(people(0, 1, 'Before'));
    const context = { database, path, now: Date.now, checkFiles: () => {}, onImported: () => {} };
    let asked = 0;
    // The room is checked twice for each part.
    const freeBytes = () => (asked++ < 2 * part ? 65_000_000 : 1_000_000);

    const imported = importCustomers(account, batches(people(0, 4 * LARGE, 'After')), { ...context, freeBytes });

    await expect(imported).rejects.toThrow(/^The import does not fit on the disk of .*, and only 1\.0 are free\.$/);
    await expect(imported).rejects.toMatchObject({ kind: 'full' });
    expect([count('imports'), count('imported_customers'), statSync(`${path}-wal`).size]).toEqual([0, 0, 0]);
    expect([...(await names()).values()]).toEqual(['Before']);
  });

  it('reuses the space that a failed one has left in the file', async () => {
    const { path, account, database, count } = await createImportFixture();
    const context = { database, path, now: Date.now, checkFiles: () => {}, onImported: () => {} };
    const start = (parts: number, freeBytes: () => number) =>
      importCustomers(account, batches(people(0, parts * LARGE, 'After')), { ...context, freeBytes });
    let asked = 0;
    await expect(start(9, () => (asked++ < 14 ? 65_000_000 : 0))).rejects.toThrow('does not fit');
    const { size } = statSync(path);

    // This is too little for the file and the WAL together.
    await start(2, () => 4 * 1_048_576);

    expect(count('customers')).toBe(2 * LARGE);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(statSync(path).size).toBe(size);
  });

  it('is not visible to any reader or create before it is complete', async () => {
    const { store, other, account, names, create } = await createImportFixture(people(0, 10, 'Before'));
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

    // A create commits after its look-up, and a later read may see the next state.
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

  it('lists organizations of both names with the same one', async () => {
    const { store, other, account, create } = await createImportFixture(people(0, 10, 'Before'));
    await create(store, idOf(0), idOf(1));
    const seen = new Set<string>();

    await watch(store.importCustomers(account, batches(people(0, LARGE, 'After'))), async () => {
      for await (const { owner, members } of other.listOrganizations(account))
        seen.add([owner, ...members].map(({ name }) => name).join());
    });

    expect([...seen]).toEqual(['Before,Before', 'After,After']);
  });

  it('counts what it changes, and writes its event with it', async () => {
    const { store, other, account } = await createImportFixture([
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
    const { path, store, other, account } = await createImportFixture();

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
    const { path, store, account, count, names } = await createImportFixture();
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
    const { store, other, account, count } = await createImportFixture();
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
    const { store, other, account, database, names } = await createImportFixture(people(0, 1, 'Before'));
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
