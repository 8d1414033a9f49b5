// Requests with small bodies overtake those with large ones.
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SmallRequests } from '../../server/edge/exchange/small-requests.ts';

/** The names of callers of `letPass`, in the order in which they continue. */
function createCallers(requests: SmallRequests) {
  const passed: string[] = [];
  const wait = async (name: string) => {
    await requests.letPass();
    passed.push(name);
  };
  return { passed, wait };
}

describe('letPass', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('resolves in another tick when no small request is open', async () => {
    const { passed, wait } = createCallers(new SmallRequests());

    const waiting = wait('large');
    await Promise.resolve();

    expect(passed).toEqual([]);
    await waiting;
    expect(passed).toEqual(['large']);
  });

  it('waits for a small request that is received in the same tick', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const requests = new SmallRequests();
    const { passed, wait } = createCallers(requests);

    const waiting = wait('large');
    requests.begin();
    for (let tick = 0; tick < 5; tick++) await nextTick();

    expect(passed).toEqual([]);
    requests.end();
    await waiting;
  });

  it('waits for all of them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const requests = new SmallRequests();
    const { passed, wait } = createCallers(requests);
    requests.begin();
    requests.begin();

    const waiting = wait('large');
    requests.end();
    for (let tick = 0; tick < 5; tick++) await nextTick();

    expect(passed).toEqual([]);
    requests.end();
    await waiting;
  });

  it('resolves for one caller in each tick, in their order', async () => {
    const requests = new SmallRequests();
    const { passed, wait } = createCallers(requests);
    const after: string[][] = [];

    const waiting = [wait('first'), wait('second'), wait('third')];
    for (let tick = 0; tick < 3; tick++) {
      await nextTick();
      after.push([...passed]);
    }

    await Promise.all(waiting);
    expect(after).toEqual([['first'], ['first', 'second'], ['first', 'second', 'third']]);
  });

  it('resolves after five milliseconds for one caller at a time while there are always some', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const requests = new SmallRequests();
    const { passed, wait } = createCallers(requests);
    requests.begin();

    const waiting = [wait('first'), wait('second')];
    await nextTick();
    await vi.advanceTimersByTimeAsync(4);
    expect(passed).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(passed).toEqual(['first']);
    await nextTick();
    await vi.advanceTimersByTimeAsync(4);
    expect(passed).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(1);
    expect(passed).toEqual(['first', 'second']);

    await Promise.all(waiting);
  });

  it('resolves once for each caller when the last request ends as the time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const requests = new SmallRequests();
    const { passed, wait } = createCallers(requests);
    requests.begin();

    const waiting = [wait('first'), wait('second')];
    await nextTick();
    requests.end();
    await vi.advanceTimersByTimeAsync(5);
    await Promise.all(waiting);

    expect(passed).toEqual(['first', 'second']);
  });
});
