// Requests with small bodies overtake those with medium and large ones.
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Arrivals } from '../../../server/edge/exchange/arrivals.ts';
import { SmallRequests } from '../../../server/edge/exchange/small-requests.ts';

/** The names of callers of `letPass`, in the order in which they continue. */
function createCallers(requests: SmallRequests) {
  const passed: string[] = [];
  const wait = async (name: string, size?: 'medium' | 'large') => {
    await requests.letPass(size);
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

  it('waits for a tick in which no connection arrives', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const arrivals = new Arrivals();
    const { passed, wait } = createCallers(new SmallRequests(arrivals));

    const waiting = wait('large');
    for (let tick = 0; tick < 5; tick++) {
      arrivals.add();
      await nextTick();
      expect(passed).toEqual([]);
    }

    await nextTick();
    await waiting;
    expect(passed).toEqual(['large']);
  });

  it('waits for small requests that come with the connections', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const arrivals = new Arrivals();
    const requests = new SmallRequests(arrivals);
    const { passed, wait } = createCallers(requests);

    const waiting = wait('large');
    arrivals.add();
    requests.begin();
    for (let tick = 0; tick < 5; tick++) await nextTick();

    expect(passed).toEqual([]);
    requests.end();
    await waiting;
  });

  it('resolves after five milliseconds while connections arrive all the time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const arrivals = new Arrivals();
    const { passed, wait } = createCallers(new SmallRequests(arrivals));
    const tick = async () => {
      arrivals.add();
      await nextTick();
    };

    const waiting = wait('large');
    await tick();
    vi.advanceTimersByTime(4);
    await tick();
    expect(passed).toEqual([]);
    vi.advanceTimersByTime(1);

    await waiting;
    expect(passed).toEqual(['large']);
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

  it('lets medium bodies overtake large ones', async () => {
    const { passed, wait } = createCallers(new SmallRequests());

    await Promise.all([wait('large', 'large'), wait('first', 'medium'), wait('second', 'medium')]);

    expect(passed).toEqual(['first', 'second', 'large']);
  });

  it('counts only the medium bodies that overtake a large one', async () => {
    const { passed, wait } = createCallers(new SmallRequests());
    for (let step = 0; step < 10; step++) await wait('alone', 'medium');

    await Promise.all([wait('large', 'large'), wait('medium', 'medium')]);

    expect(passed.slice(-2)).toEqual(['medium', 'large']);
  });

  it('resolves for a large body after eight steps of medium ones', async () => {
    const { passed, wait } = createCallers(new SmallRequests());
    const waitTwice = async (name: string) => {
      await wait(name, 'medium');
      await wait(name, 'medium');
    };
    const medium = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

    await Promise.all([wait('large', 'large'), wait('last', 'large'), ...medium.map(waitTwice)]);

    expect(passed).toHaveLength(20);
    expect([passed.indexOf('large'), passed.indexOf('last')]).toEqual([8, 17]);
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
