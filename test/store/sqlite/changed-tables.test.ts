// A SQLite database whose tables another program has changed while it is open.
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { closeOnce, databasePath } from '../../support/fixtures.ts';
import { batches } from '../conformance/store-fixture.ts';

async function prepare() {
  const path = await databasePath();
  const store = openSqliteStore({ path });
  onTestFinished(closeOnce(store));
  const account = await store.addAccount('Acme');
  const ownerId = randomUUID();
  await store.importCustomers(account, batches([{ id: ownerId, name: 'Owner' }]));
  const database = new DatabaseSync(path);
  onTestFinished(() => database.close());
  const create = (id = randomUUID(), memberIds = [ownerId]) =>
    store.createOrganization({ account, id, ownerId, memberIds });
  return { store, database, create, ownerId };
}

const TRIGGER = 'CREATE TRIGGER rejected BEFORE INSERT ON organizations';

describe('a changed SQLite database', () => {
  it.each([
    ['not today', `${TRIGGER} BEGIN SELECT RAISE(ABORT, 'not today'); END`, 'DROP TRIGGER rejected'],
    [
      'a trigger drops rows',
      'CREATE TRIGGER dropped BEFORE INSERT ON organization_members BEGIN SELECT RAISE(IGNORE); END',
      'DROP TRIGGER dropped',
    ],
    ['UNIQUE constraint failed', 'CREATE UNIQUE INDEX one ON organizations (owner_id)', 'DROP INDEX one'],
    [
      'no such table: main.organization_members',
      'ALTER TABLE organization_members RENAME TO others',
      'ALTER TABLE others RENAME TO organization_members',
    ],
    [
      'table organizations has no column named api_version',
      'ALTER TABLE organizations RENAME api_version TO other',
      'ALTER TABLE organizations RENAME other TO api_version',
    ],
  ])('makes the store not ready (%s), and it is ready again by itself', async (reason, change, undo) => {
    const { store, database, create } = await prepare();
    await create();

    database.exec(change);
    const expected = {
      name: 'StoreUnavailableError',
      kind: 'schema',
      message: expect.stringMatching(`${reason.replace('main.', '(main\\.)?')}.*Something else has changed the tables`),
    };
    await expect(create()).rejects.toMatchObject(expected);
    await expect(store.check()).rejects.toMatchObject(expected);

    database.exec(undo);
    await expect(store.check()).resolves.toBeUndefined();
    expect((await create()).kind).toBe('created');
  });

  it.each([
    ['the client', 'NEW.client_id IS NOT NULL'],
    ['the request', 'NEW.request_id IS NOT NULL'],
    ['the version', "NEW.api_version <> '2099-01-01'"],
  ])('is noticed before any create when a trigger looks at %s', async (_, condition) => {
    const { store, database } = await prepare();

    database.exec(`${TRIGGER} WHEN ${condition} BEGIN SELECT RAISE(ABORT, 'not today'); END`);
    await expect(store.check()).rejects.toMatchObject({ name: 'StoreUnavailableError', kind: 'schema' });

    database.exec('DROP TRIGGER rejected');
    await expect(store.check()).resolves.toBeUndefined();
  });

  it.each([1, 2, 100])('keeps no row of a rejected create of %i members when a trigger drops one', async (count) => {
    const { database, create, ownerId } = await prepare();
    database.exec(
      `CREATE TRIGGER t BEFORE INSERT ON organization_members WHEN NEW.position = ${count - 1}
       BEGIN SELECT RAISE(IGNORE); END`,
    );

    await expect(create(randomUUID(), Array(count).fill(ownerId))).rejects.toMatchObject({ kind: 'schema' });

    expect(database.prepare('SELECT * FROM organizations').all()).toEqual([]);
    expect(database.prepare('SELECT * FROM organization_members').all()).toEqual([]);
  });

  it('stores the creates beside a rejected one, and stays ready', async () => {
    const { store, database, create } = await prepare();
    const rejected = randomUUID();
    database.exec(`${TRIGGER} WHEN NEW.organization_id = '${rejected}' BEGIN SELECT RAISE(ABORT, 'not today'); END`);

    const outcomes = await Promise.allSettled([create(), create(rejected), create()]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(store.check()).resolves.toBeUndefined();
  });
});
