// Counting requests in handfuls: never too many together, few round trips, and a refusal that costs none.
import { RateLimiterRes } from 'rate-limiter-flexible';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSharedCounter } from '../../server/limits/shared-counter.ts';
import type { RequestReservation, Store } from '../../server/store/store.ts';

/** A store that counts as it should, in memory, and how often it was asked. */
function countingStore() {
  const windows = new Map<string, { startedMs: number; used: number }>();
  const asked: RequestReservation[] = [];
  const reserveRequests = async (window: RequestReservation) => {
    asked.push(window);
    const key = `${window.account} ${window.clientId}`;
    const now = performance.now();
    let known = windows.get(key);
    if (!known || now - known.startedMs >= window.windowMs) known = { startedMs: now, used: 0 };
    known.used += window.requests;
    windows.set(key, known);
    return { used: known.used, remainingMs: known.startedMs + window.windowMs - now };
  };
  // The counter uses this one method.
  return { store: { reserveRequests } as unknown as Store, asked };
}

const options = { keyPrefix: 'requests', points: 1500, duration: 60 };

async function countPassed(
  counters: (ReturnType<typeof createSharedCounter> | undefined)[],
  requests: number,
): Promise<number> {
  let passed = 0;
  for (let turn = 0; turn < requests; turn++) {
    await counters[turn % counters.length]?.consume('account/client').then(
      () => passed++,
      (refusal: unknown) => expect(refusal).toBeInstanceOf(RateLimiterRes),
    );
  }
  return passed;
}

describe('the shared counter', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is none where the store serves one process', () => {
    expect(createSharedCounter({} as Store, options)).toBeUndefined(); // Has none of the methods.
  });

  it('lets exactly the number through, in one process or in three, for a round trip in thirty', async () => {
    for (const processes of [1, 3]) {
      const { store, asked } = countingStore();
      const counters = Array.from({ length: processes }, () => createSharedCounter(store, options));

      expect(await countPassed(counters, 5000)).toBe(1500);
      // 50 handfuls, and for each process one more that was refused.
      expect(asked).toHaveLength(50 + processes);
    }
  });

  it('tells how long the refusal lasts, and then lets the whole number through again', async () => {
    const { store } = countingStore();
    const counter = createSharedCounter(store, { ...options, points: 3 });
    await countPassed([counter], 3);
    vi.advanceTimersByTime(20_000);

    const refusal: unknown = await counter?.consume('account/client').catch((reason: unknown) => reason);

    expect(refusal).toMatchObject({ msBeforeNext: expect.closeTo(40_000, 0) });
    vi.advanceTimersByTime(40_001);
    expect(await countPassed([counter], 10)).toBe(3);
  });

  it('asks once for all that wait at the same time, and names account and client', async () => {
    const { store, asked } = countingStore();
    const counter = createSharedCounter(store, options);

    await Promise.all(Array.from({ length: 30 }, () => counter?.consume('account/with/slashes')));

    expect(asked).toEqual([{ account: 'account', clientId: 'with/slashes', requests: 30, windowMs: 60_000 }]);
  });

  it('passes on what the store throws, and asks anew the next time', async () => {
    const { store } = countingStore();
    const reserveRequests = vi.fn(store.reserveRequests).mockRejectedValueOnce(new Error('gone'));
    const counter = createSharedCounter({ ...store, reserveRequests }, options);

    await expect(counter?.consume('account/client')).rejects.toThrow('gone');
    await expect(counter?.consume('account/client')).resolves.toBeInstanceOf(RateLimiterRes);
  });
});
