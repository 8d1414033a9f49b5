// A queue of which the newest item and the oldest are taken in turn.
import { expect, it } from 'vitest';
import { BothEnds } from '../../../server/edge/queues/both-ends.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

function queueOf<T>(items: T[]): BothEnds<T> {
  const queue = new BothEnds<T>();
  for (const item of items) queue.add(item);
  return queue;
}

it('gives the newest and the oldest in turn, whatever is added meanwhile', () => {
  const queue = queueOf(['a', 'b', 'c', 'd']);
  const taken = [queue.take(), queue.take()];
  queue.add('e');
  while (queue.size > 0) taken.push(queue.take());

  expect(taken).toEqual(['d', 'a', 'e', 'b', 'c']);
  expect(queue.take()).toBeUndefined();
});

it('gives each item once, and none that was deleted', () => {
  const queue = queueOf(['a', 'b', 'b', 'c', 'd']);

  expect([queue.delete('d'), queue.delete('d'), queue.has('d'), queue.has('b'), queue.size]).toEqual([
    true,
    false,
    false,
    true,
    3,
  ]);
  expect([queue.take(), queue.take(), queue.take(), queue.take()]).toEqual(['c', 'a', 'b', undefined]);
});

it('keeps at most 1,024 of the items in memory that were deleted', async () => {
  const kept = {};
  const queue = queueOf<object>([kept]);
  const deleted: WeakRef<object>[] = [];
  for (let count = 0; count < 3000; count++) {
    const item = {};
    queue.add(item);
    queue.delete(item);
    deleted.push(new WeakRef(item));
  }
  await new Promise(setImmediate);
  collectGarbage();

  expect(deleted.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(1024);
  expect(queue.take()).toBe(kept);
});
