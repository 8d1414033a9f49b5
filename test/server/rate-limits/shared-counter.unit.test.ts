// createSharedCounter: several processes share a limit, with few round trips.
import { RateLimiterRes } from 'rate-limiter-flexible';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSharedCounter } from '../../../server/rate-limits/shared-counter.ts';
import type { RequestReservation, Store } from '../../../server/store/store.ts';

/** Creates a store that counts in memory, and records its calls. */
function createCountingStore() {
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
      (rejection: unknown) => expect(rejection).toBeInstanceOf(RateLimiterRes),
    );
  }
  return passed;
}

describe('createSharedCounter', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('returns undefined for a store of one process', () => {
    expect(createSharedCounter({} as Store, options)).toBeUndefined(); // The object has none of the methods.
  });

  it('allows exactly the limit in one process or three, with a round trip for thirty requests', async () => {
    for (const processes of [1, 3]) {
      const { store, asked } = createCountingStore();
      const counters = Array.from({ length: processes }, () => createSharedCounter(store, options));

      expect(await countPassed(counters, 5000)).toBe(1500);
      // There are 50 batches, and for each process one more that was rejected.
      expect(asked).toHaveLength(50 + processes);
    }
  });

  it('reports when the window ends, and then allows the full limit again', async () => {
    const { store } = createCountingStore();
    const counter = createSharedCounter(store, { ...options, points: 3 });
    await countPassed([counter], 3);
    vi.advanceTimersByTime(20_000);

    const rejection: unknown = await counter?.consume('account/client').catch((reason: unknown) => reason);

    expect(rejection).toMatchObject({ msBeforeNext: expect.closeTo(40_000, 0) });
    vi.advanceTimersByTime(40_001);
    expect(await countPassed([counter], 10)).toBe(3);
  });

  it('reserves once for concurrent requests, by account and client', async () => {
    const { store, asked } = createCountingStore();
    const counter = createSharedCounter(store, options);

    await Promise.all(Array.from({ length: 30 }, () => counter?.consume('account/with/slashes')));

    expect(asked).toEqual([{ account: 'account', clientId: 'with/slashes', requests: 30, windowMs: 60_000 }]);
  });

  it('rejects with the error of the store, and retries the next time', async () => {
    const { store } = createCountingStore();
    const reserveRequests = vi.fn(store.reserveRequests).mockRejectedValueOnce(new Error('gone'));
    const counter = createSharedCounter({ ...store, reserveRequests }, options);

    await expect(counter?.consume('account/client')).rejects.toThrow('gone');
    await expect(counter?.consume('account/client')).resolves.toBeInstanceOf(RateLimiterRes);
  });
});
