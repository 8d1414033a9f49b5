// Creates with many members, whose names are read before the transaction: others are served meanwhile, and the result
// is as of the commit.
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { NamesAhead } from '../../../../server/store/sqlite/creates/names-ahead.ts';
import { openDatabase } from '../../../../server/store/sqlite/file/open.ts';
import { prepareStatements } from '../../../../server/store/sqlite/statements.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import type { CreateOutcome } from '../../../../server/store/store.ts';
import { batches } from '../../conformance/store-fixture.ts';
import { createImportFixture, idOf, people } from '../import/import-fixture.ts';

const MEMBERS = 9000;
const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const memberIds = (from = 1) => people(from, from + MEMBERS, '').map(({ id }) => id);

function namesIn(outcome: CreateOutcome) {
  if (outcome.kind !== 'created') return expect.unreachable(outcome.kind);
  return outcome.organization.members.map(({ name }) => name);
}

it('returns the names of the members in their order, whatever their IDs', async () => {
  // Multiplied by an odd number, the first digits are spread over all values.
  const all = Array.from({ length: MEMBERS }, (_, at) => ({
    id: idOf((at * 0x9e3779b1) % 2 ** 32),
    name: `number ${at}`,
  }));
  const { create, store } = await createImportFixture([...all, { id: OWNER, name: 'owner' }]);

  const outcome = await create(store, OWNER, ...all.map(({ id }) => id));

  expect(namesIn(outcome)).toEqual(all.map(({ name }) => name));
});

it('reports unknown customers in their order', async () => {
  const { create, store } = await createImportFixture(people(0, 10, 'known'));

  const outcome = await create(store, idOf(0), ...memberIds());

  expect(outcome).toEqual({ kind: 'unknownCustomers', ids: memberIds().slice(9) });
});

// All customers of an account are read if they are at most a sixteenth of the IDs: 562 of 9,001.
it.each([1, 562, 563, 1000])('finds the members that an account with %i customers has', async (count) => {
  const { create, store } = await createImportFixture(people(0, count, 'known'));
  const ids = memberIds().toReversed();

  const outcome = await create(store, idOf(0), ...ids);

  expect(outcome).toEqual({ kind: 'unknownCustomers', ids: ids.slice(0, MEMBERS + 1 - count) });
});

it('finds customers of no other account', async () => {
  const { create, store } = await createImportFixture(people(0, 10, 'known'));
  const other = await store.addAccount('Other');
  await store.importCustomers(other, batches(people(10, 20, 'of another account')));

  const outcome = await create(store, idOf(0), ...memberIds());

  expect(outcome).toEqual({ kind: 'unknownCustomers', ids: memberIds().slice(9) });
});

it('lets the event loop serve others while names are read', async () => {
  const { create, store } = await createImportFixture(people(MEMBERS * 2, MEMBERS * 3, 'other'));
  let [ticks, isOver] = [0, false];
  const created = create(store, idOf(0), ...memberIds()).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await nextTick();
    ticks++;
  }

  expect((await created).kind).toBe('unknownCustomers');
  expect(ticks).toBeGreaterThan(MEMBERS / 1000);
});

it('has the names of the commit when another process renames customers meanwhile', async () => {
  const { create, store, database } = await createImportFixture(people(0, MEMBERS + 1, 'old'));

  const created = create(store, idOf(0), ...memberIds());
  await nextTick();
  database.exec(`UPDATE customers SET name = 'new'`);

  expect(new Set(namesIn(await created))).toEqual(new Set(['new']));
});

it('has the names of the commit when the same process renames customers meanwhile', async () => {
  const { create, store, account } = await createImportFixture(people(0, MEMBERS + 1, 'old'));
  const order: string[] = [];

  const created = create(store, idOf(0), ...memberIds()).finally(() => order.push('created'));
  const imported = store.importCustomers(account, batches(people(1, 2, 'new'))).finally(() => order.push('imported'));

  expect(namesIn(await created)).toEqual(['new', ...Array(MEMBERS - 1).fill('old')]);
  await imported;
  expect(order).toEqual(['imported', 'created']);
});

it('is rejected when another process deletes a customer meanwhile', async () => {
  const { create, store, database } = await createImportFixture(people(0, MEMBERS + 1, 'known'));

  const created = create(store, idOf(0), ...memberIds());
  await nextTick();
  database.prepare('DELETE FROM customers WHERE customer_id = ?').run(idOf(5));

  expect(await created).toEqual({ kind: 'unknownCustomers', ids: [idOf(5)] });
});

it('references rows that exist, though SQLite does not check them', async () => {
  const { create, store, database, count } = await createImportFixture(people(0, MEMBERS + 1, 'known'));

  const created = [create(store, idOf(0), ...memberIds()), create(store, idOf(MEMBERS), ...memberIds(0))];
  await nextTick();
  database.prepare('DELETE FROM customers WHERE customer_id = ?').run(idOf(MEMBERS));
  const kinds = (await Promise.all(created)).map(({ kind }) => kind);
  const small = await create(store, idOf(0), idOf(1));

  expect([...kinds, small.kind]).toEqual(['unknownCustomers', 'unknownCustomers', 'created']);
  expect((await create(store, idOf(0), ...memberIds().slice(0, -1))).kind).toBe('created');
  expect(count('organization_members')).toBe(MEMBERS);
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
});

it('does not disturb a listing that is being read', async () => {
  const { create, store, account } = await createImportFixture(people(0, MEMBERS + 1, 'known'));
  const listing = store.listCustomers(account)[Symbol.asyncIterator]();
  const first = await listing.next();

  const created = await create(store, idOf(0), ...memberIds());
  const ids = [first.value?.id];
  for (let next = await listing.next(); !next.done; next = await listing.next()) ids.push(next.value.id);

  expect(created.kind).toBe('created');
  expect(ids).toEqual(people(0, MEMBERS + 1, '').map(({ id }) => id));
});

it('is completed before the store closes', async () => {
  const { create, path, count } = await createImportFixture(people(0, MEMBERS + 1, 'known'));
  const closing = openSqliteStore({ path });

  const created = create(closing, idOf(0), ...memberIds());
  await closing.close();

  expect(count('organization_members')).toBe(MEMBERS);
  expect((await created).kind).toBe('created');
});

it('leaves an error of SQLite to the transaction, and no other', async () => {
  const database = openDatabase(':memory:', { migrate: true });
  onTestFinished(() => database.close());
  database.exec(`INSERT INTO accounts (account_id, name, created_at) VALUES ('a', 'a', 0);
    INSERT INTO customers (account_id, customer_id, name) VALUES ('a', '${idOf(1)}', 'known')`);
  const names = new NamesAhead(database, prepareStatements(database));
  const failing = names.read('a', [idOf(0)], () => Promise.reject(new TypeError('of the caller')));
  await expect(failing).rejects.toThrow('of the caller');

  database.exec('ALTER TABLE customers RENAME TO other');
  using read = await names.read('a', [idOf(0)], nextTick);
  expect(read.current()).toBeUndefined();
});

it('reads names again only if customers may have changed', async () => {
  const database = openDatabase(':memory:', { migrate: true });
  onTestFinished(() => database.close());
  const names = new NamesAhead(database, prepareStatements(database));
  const addAccount = (account: string) =>
    database.prepare('INSERT INTO accounts (account_id, name, created_at) VALUES (?1, ?1, 0)').run(account);
  using read = await names.read('a', [idOf(0), idOf(1)], nextTick);

  names.run(() => addAccount('by a create'));
  expect(read.current()).toEqual([null, null]);
  addAccount('by another change');
  expect(read.current()).toBeUndefined();
});
