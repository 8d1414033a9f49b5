// The queue in which clients take turns.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClientQueue } from '../../../server/edge/queues/client-queue.ts';

/** A queue of texts, whose first letter is the client. */
function queueOf(...items: string[]) {
  const queue = new ClientQueue<string>((item) => item[0]);
  for (const item of items) queue.add(item);
  return queue;
}

function takeAll(queue: ClientQueue<string>): string[] {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken;
}

it('takes one of each client after the other, and those of one client in order', () => {
  expect(takeAll(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

it('takes a new client after those that wait for their first turn, before the next of others', () => {
  const queue = queueOf('a1', 'a2', 'b1');
  expect(queue.take()).toBe('a1');
  queue.add('c1');

  expect(takeAll(queue)).toEqual(['b1', 'a2', 'c1']);
});

it('keeps an item once, and forgets one that is deleted', () => {
  const queue = queueOf('a1', 'b1', 'a1', 'a2');

  expect([queue.delete('a1'), queue.delete('a1'), queue.delete('c1')]).toEqual([true, false, false]);
  expect([queue.has('a1'), queue.has('a2'), queue.size]).toEqual([false, true, 2]);
  expect(takeAll(queue)).toEqual(['a2', 'b1']);
  expect(queue.size).toBe(0);
});

it('remembers the client that an item had when it was added', () => {
  const clients = new Map([[1, 'a']]);
  const queue = new ClientQueue<number>((item) => clients.get(item));
  queue.add(1);
  clients.set(1, 'b');

  expect(queue.delete(1)).toBe(true);
  expect(queue.take()).toBeUndefined();
});

it('never takes two of a client while another waits', () => {
  const item = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9)).map(([client, number]) => `${client}${number}`);
  fc.assert(
    fc.property(fc.array(item), fc.array(item), (added, deleted) => {
      const queue = queueOf(...added);
      for (const each of deleted) queue.delete(each);
      const expected = new Set(added.filter((each) => !deleted.includes(each)));
      const taken = takeAll(queue);

      expect(taken.toSorted()).toEqual([...expected].toSorted());
      for (const [index, each] of taken.entries()) {
        const next = taken[index + 1];
        if (next?.[0] !== each[0]) continue;
        expect(taken.slice(index + 1).every((later) => later[0] === each[0])).toBe(true);
      }
    }),
  );
});
