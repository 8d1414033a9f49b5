// GroupCommit: the operations that share a transaction, their order, and when they resolve.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GroupCommit } from '../../../../server/store/sqlite/creates/group-commit.ts';

/** Creates groups on a database in memory. `steps` records what happened. */
function createFixture() {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  database.exec('CREATE TABLE items (item INTEGER PRIMARY KEY) STRICT');
  const steps: string[] = [];
  const watched = new Proxy(database, {
    get: (target, property) => {
      if (property === 'exec')
        return (sql: string) => {
          target.exec(sql);
          steps.push(sql);
        };
      const value = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const groups = new GroupCommit(watched, () => undefined);
  const add = (item: number) => {
    const added = groups.run(() => {
      database.prepare('INSERT INTO items VALUES (?)').run(item);
      steps.push(`add ${item}`);
      return item;
    });
    added.then(
      () => steps.push(`resolved ${item}`),
      () => steps.push(`rejected ${item}`),
    );
    return added;
  };
  const items = () =>
    database
      .prepare('SELECT item FROM items')
      .all()
      .map(({ item }) => item);
  const areKeysChecked = () => database.prepare('PRAGMA foreign_keys').get()?.foreign_keys === 1;
  return { groups, steps, add, items, areKeysChecked };
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve));
const BEGIN = 'BEGIN IMMEDIATE';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('GroupCommit', () => {
  it('runs concurrent operations in order, and resolves them after the commit', async () => {
    const { steps, add } = createFixture();

    await Promise.all([add(1), add(2), add(3)]);

    expect(steps).toEqual([BEGIN, 'add 1', 'add 2', 'add 3', 'COMMIT', 'resolved 1', 'resolved 2', 'resolved 3']);
  });

  it('checks no foreign keys in the transaction of a large operation, and again after it', async () => {
    const { groups, steps, areKeysChecked } = createFixture();
    const options = { isLarge: true };
    const fail = () => {
      throw new Error('of the operation');
    };

    expect(await groups.run(areKeysChecked)).toBe(true);
    expect(await Promise.all([groups.run(areKeysChecked), groups.run(areKeysChecked, options)])).toEqual([
      false,
      false,
    ]);
    expect(await groups.run(areKeysChecked)).toBe(true);
    await expect(groups.run(fail, options)).rejects.toThrow('of the operation');
    expect(await groups.run(areKeysChecked)).toBe(true);
    expect(steps.slice(2, 6)).toEqual(['PRAGMA foreign_keys = OFF', BEGIN, 'COMMIT', 'PRAGMA foreign_keys = ON']);
  });

  it('commits a lone operation after one tick', async () => {
    const { steps, add } = createFixture();

    void add(1);
    await nextTick();

    expect(steps).toEqual([BEGIN, 'add 1', 'COMMIT', 'resolved 1']);
  });

  it('waits as long as each tick brings more operations', async () => {
    const { steps, add } = createFixture();

    void add(1);
    for (const item of [2, 3, 4]) {
      void add(item);
      await nextTick();
    }
    expect(steps).toEqual([]);
    await nextTick();

    expect(steps.slice(0, 6)).toEqual([BEGIN, 'add 1', 'add 2', 'add 3', 'add 4', 'COMMIT']);
  });

  it('commits a full group without waiting', async () => {
    const { steps, add } = createFixture();
    const all: Promise<number>[] = [];

    for (let item = 0; item < 300; item++) all.push(add(item));
    await nextTick();
    expect(steps.filter((step) => step.startsWith('add'))).toHaveLength(256);
    await Promise.all(all);

    expect(steps.filter((step) => step === 'COMMIT')).toHaveLength(2);
  });

  it('commits what has waited for 10 ms, though each tick brings more operations', async () => {
    const { steps, add } = createFixture();

    void add(1);
    for (const item of [2, 3, 4]) {
      void add(item);
      await nextTick();
      if (item < 4) expect(steps).toEqual([]);
      vi.advanceTimersByTime(5);
    }

    expect(steps.slice(0, 6)).toEqual([BEGIN, 'add 1', 'add 2', 'add 3', 'add 4', 'COMMIT']);
  });

  it('begins no operation more than 10 ms after the beginning of its transaction', async () => {
    const { groups, steps, add } = createFixture();
    const take = (ms: number) =>
      groups.run(() => {
        vi.advanceTimersByTime(ms);
        steps.push(`took ${ms}`);
      });

    await Promise.all([add(1), take(11), add(2), take(10), add(3)]);

    expect(steps.filter((step) => !step.startsWith('resolved'))).toEqual([
      ...[BEGIN, 'add 1', 'took 11', 'COMMIT'],
      ...[BEGIN, 'add 2', 'took 10', 'add 3', 'COMMIT'],
    ]);
  });

  it('counts an operation in the transaction in which it ran', async () => {
    const sizes: number[] = [];
    const database = new DatabaseSync(':memory:');
    onTestFinished(() => database.close());
    const groups = new GroupCommit(database, () => undefined, { onCommit: (size) => sizes.push(size) });

    await Promise.all([1, 2, 3].map(() => groups.run(() => vi.advanceTimersByTime(6))));

    expect(sizes).toEqual([2, 1]);
  });

  it('rejects only the operation that fails, and keeps the order', async () => {
    const { steps, add, items } = createFixture();

    const outcomes = await Promise.allSettled([add(1), add(2), add(1), add(3)]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(items()).toEqual([1, 2, 3]);
    // The group is rolled back, then each operation runs by itself.
    expect(steps.slice(0, 4)).toEqual([BEGIN, 'add 1', 'add 2', 'ROLLBACK']);
    expect(steps.filter((step) => step === 'COMMIT')).toHaveLength(3);
    expect(steps.filter((step) => /resolved|rejected/.test(step))).toEqual([
      'resolved 1',
      'resolved 2',
      'rejected 1',
      'resolved 3',
    ]);
  });

  it('drains after all operations have settled', async () => {
    const { groups, steps, add } = createFixture();
    for (let item = 0; item < 300; item++) void add(item);

    await groups.drain();

    expect(steps.filter((step) => step.startsWith('resolved'))).toHaveLength(300);
  });
});

/**
 * A group on a disk with room for this number of commits. `space.emptied` counts how often the WAL was emptied for
 * more.
 */
function createSmallDisk({ room }: { room: number }) {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  const space = { used: 0, emptied: 0 };
  const small = new Proxy(database, {
    get: (target, property) => {
      if (property === 'exec')
        return (sql: string) => {
          // The error with which node:sqlite reports SQLITE_FULL.
          if (sql === 'COMMIT' && space.used >= room)
            throw Object.assign(new Error('full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
          if (sql === 'COMMIT') space.used++;
          target.exec(sql);
        };
      if (property === 'prepare')
        return () => ({
          get: () => {
            space.used = 0;
            space.emptied++;
            return { busy: 0 };
          },
        });
      const value = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { groups: new GroupCommit(small, () => undefined), space };
}

describe('GroupCommit on a full disk', () => {
  it('empties the WAL each time that makes room', async () => {
    const { groups, space } = createSmallDisk({ room: 2 });

    for (let operation = 0; operation < 7; operation++) await groups.run(() => undefined);

    expect(space.emptied).toBe(3);
  });

  it('does not empty it again at once when that made no room', async () => {
    const { groups, space } = createSmallDisk({ room: 0 });

    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => groups.run(() => item)));

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(space.emptied).toBe(1);
  });

  it('does not count what leaves nothing behind', async () => {
    const sizes: number[] = [];
    const database = new DatabaseSync(':memory:');
    onTestFinished(() => database.close());
    const groups = new GroupCommit(database, () => undefined, { onCommit: (size) => sizes.push(size) });

    await groups.rehearse(() => undefined);
    expect(groups.lastCommitMs).toBe(0);
    await Promise.all([groups.run(() => undefined), groups.rehearse(() => undefined)]);

    expect(sizes).toEqual([1]);
  });

  it('commits what is queued when it is closed, and rejects what comes later', async () => {
    const { groups, add, items } = createFixture();
    const queued = add(1);

    await groups.close();

    expect(await queued).toBe(1);
    await expect(add(2)).rejects.toThrow('The store is closed.');
    expect(items()).toEqual([1]);
  });
});
