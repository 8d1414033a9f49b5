// Which creates share a transaction on SQLite, in which order, and when they are told.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GroupCommit } from '../../server/store/sqlite/group-commit.ts';

/** Groups on a database in memory. `steps` tells what was done, in this order. */
function scene() {
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
      () => steps.push(`told ${item}`),
      () => steps.push(`failed ${item}`),
    );
    return added;
  };
  const items = () =>
    database
      .prepare('SELECT item FROM items')
      .all()
      .map(({ item }) => item);
  return { groups, steps, add, items };
}

const nextTurn = () => new Promise((settle) => setImmediate(settle));
const BEGIN = 'BEGIN IMMEDIATE';

describe('creates on SQLite', () => {
  it('that arrived together are done in their order, and told in it after the commit', async () => {
    const { steps, add } = scene();

    await Promise.all([add(1), add(2), add(3)]);

    expect(steps).toEqual([BEGIN, 'add 1', 'add 2', 'add 3', 'COMMIT', 'told 1', 'told 2', 'told 3']);
  });

  it('wait for nobody when they are alone', async () => {
    const { steps, add } = scene();

    void add(1);
    await nextTurn();

    expect(steps).toEqual([BEGIN, 'add 1', 'COMMIT', 'told 1']);
  });

  it('are waited for as long as each turn of the event loop brings more of them', async () => {
    const { steps, add } = scene();

    void add(1);
    for (const item of [2, 3, 4]) {
      void add(item);
      await nextTurn();
    }
    expect(steps).toEqual([]);
    await nextTurn();

    expect(steps.slice(0, 6)).toEqual([BEGIN, 'add 1', 'add 2', 'add 3', 'add 4', 'COMMIT']);
  });

  it('are not waited for beyond a full group', async () => {
    const { steps, add } = scene();
    const all: Promise<number>[] = [];

    for (let item = 0; item < 300; item++) all.push(add(item));
    await nextTurn();
    expect(steps.filter((step) => step.startsWith('add'))).toHaveLength(256);
    await Promise.all(all);

    expect(steps.filter((step) => step === 'COMMIT')).toHaveLength(2);
  });

  it('fail alone when one of their group fails, and keep their order', async () => {
    const { steps, add, items } = scene();

    const outcomes = await Promise.allSettled([add(1), add(2), add(1), add(3)]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(items()).toEqual([1, 2, 3]);
    // Rolled back as a whole, then each by itself.
    expect(steps.slice(0, 4)).toEqual([BEGIN, 'add 1', 'add 2', 'ROLLBACK']);
    expect(steps.filter((step) => step === 'COMMIT')).toHaveLength(3);
    expect(steps.filter((step) => /told|failed/.test(step))).toEqual(['told 1', 'told 2', 'failed 1', 'told 3']);
  });

  it('are all told when the groups are drained', async () => {
    const { groups, steps, add } = scene();
    for (let item = 0; item < 300; item++) void add(item);

    await groups.drain();

    expect(steps.filter((step) => step.startsWith('told'))).toHaveLength(300);
  });
});
