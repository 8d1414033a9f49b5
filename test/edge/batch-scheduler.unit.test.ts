// Requests that arrive in the same tick of the event loop.
import { describe, expect, it } from 'vitest';
import { createBatchScheduler } from '../../server/edge/exchange/batch-scheduler.ts';

const nextTick = () => new Promise(setImmediate);

describe('the batch scheduler', () => {
  it('resumes all callers of a tick at its end, in order', async () => {
    const joinBatch = createBatchScheduler();
    const seen: string[] = [];
    const wait = async (name: string) => {
      await joinBatch('a', 100);
      seen.push(name);
    };

    const first = [wait('a'), wait('b'), wait('c')];
    await Promise.resolve();
    expect(seen).toEqual([]);
    await Promise.all(first);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('resumes at most 64 in a tick', async () => {
    const joinBatch = createBatchScheduler();
    let gone = 0;
    const all = Array.from({ length: 150 }, () => joinBatch('a', 100).then(() => gone++));
    const seen: number[] = [];

    while (gone < 150) {
      await nextTick();
      seen.push(gone);
    }
    await Promise.all(all);

    expect(seen).toEqual([64, 128, 150]);
  });

  it('resumes one of each client after the other', async () => {
    const joinBatch = createBatchScheduler();
    const seen: string[] = [];
    const all = ['a', 'a', 'a', 'b', 'c', 'b'].map((client) => joinBatch(client, 100).then(() => seen.push(client)));
    await Promise.all(all);

    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
  });

  it('resumes no more in a tick when their bodies have 64 KiB together', async () => {
    const joinBatch = createBatchScheduler();
    let gone = 0;
    for (let count = 0; count < 6; count++) void joinBatch('a', 30_000).then(() => gone++);
    const seen: number[] = [];

    for (let tick = 0; tick < 2; tick++) {
      await nextTick();
      seen.push(gone);
    }

    expect(seen).toEqual([3, 6]);
  });

  it('resumes callers that join from a batch in a later tick', async () => {
    const joinBatch = createBatchScheduler();
    let batches = 0;
    const first = joinBatch('a', 100).then(() => joinBatch('a', 100));
    void first.then(() => {
      batches++;
    });

    await nextTick();
    expect(batches).toBe(0);
    await first;

    expect(batches).toBe(1);
  });
});
