// Requests that arrive in the same tick of the event loop.
import { describe, expect, it } from 'vitest';
import { createBatchScheduler } from '../../server/edge/exchange/batch-scheduler.ts';

const nextTick = () => new Promise(setImmediate);

describe('the batch scheduler', () => {
  it('resumes all callers of a tick at its end, in order', async () => {
    const joinBatch = createBatchScheduler();
    const seen: string[] = [];
    const wait = async (name: string) => {
      await joinBatch();
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
    const all = Array.from({ length: 150 }, () => joinBatch().then(() => gone++));
    const seen: number[] = [];

    while (gone < 150) {
      await nextTick();
      seen.push(gone);
    }
    await Promise.all(all);

    expect(seen).toEqual([64, 128, 150]);
  });

  it('resumes callers that join from a batch in a later tick', async () => {
    const joinBatch = createBatchScheduler();
    let batches = 0;
    const first = joinBatch().then(() => joinBatch());
    void first.then(() => {
      batches++;
    });

    await nextTick();
    expect(batches).toBe(0);
    await first;

    expect(batches).toBe(1);
  });
});
