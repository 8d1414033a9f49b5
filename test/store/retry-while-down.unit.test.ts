// Waiting for a store that is not up yet: which errors, how long, and how often.
import { describe, expect, it } from 'vitest';
import { retryWhileDown } from '../../server/store/retry-while-down.ts';
import { StoreOpenError, StoreUnavailableError } from '../../server/store/store-errors.ts';

const DOWN = new StoreOpenError('It is down.', { mayPass: true });

/** Runs on a clock that only sleeping moves. */
function run(timeoutMs: number, errors: Error[]) {
  let nowMs = 0;
  const pauses: number[] = [];
  const waits: string[] = [];
  const opened = retryWhileDown(
    async () => {
      const error = errors.shift();
      if (error) throw error;
      return 'open';
    },
    {
      timeoutMs,
      onWait: ({ message }) => waits.push(message),
      now: () => nowMs,
      sleep: async (ms) => {
        pauses.push(ms);
        nowMs += ms;
      },
    },
  );
  return { opened, pauses, waits, elapsedMs: () => nowMs };
}

describe('retryWhileDown', () => {
  it('opens an available store at once', async () => {
    const { opened, pauses } = run(1000, []);

    expect(await opened).toBe('open');
    expect(pauses).toEqual([]);
  });

  it('waits with growing pauses of at most 2 s, and reports each', async () => {
    const { opened, pauses, waits } = run(60_000, Array(12).fill(DOWN));

    expect(await opened).toBe('open');
    expect(pauses).toHaveLength(12);
    for (const [index, ms] of pauses.entries()) {
      const limit = Math.min(100 * 2 ** index, 2000);
      expect(ms).toBeGreaterThanOrEqual(limit / 2);
      expect(ms).toBeLessThanOrEqual(limit);
    }
    expect(waits).toEqual(Array(12).fill('It is down.'));
  });

  it('tries a last time when the time is over, and rejects with that error', async () => {
    const { opened, elapsedMs } = run(5000, Array(100).fill(DOWN));

    await expect(opened).rejects.toBe(DOWN);
    expect(elapsedMs()).toBe(5000);
  });

  it('does not wait with a time-out of 0', async () => {
    const { opened, pauses } = run(0, [DOWN]);

    await expect(opened).rejects.toBe(DOWN);
    expect(pauses).toEqual([]);
  });

  it.each([
    ['an error that does not pass', new StoreOpenError('The password is wrong.')],
    ['a damaged store', new StoreUnavailableError('It is damaged.', { kind: 'damaged' })],
    ['a missing privilege', new StoreUnavailableError('It is denied.', { kind: 'denied' })],
    ['a defect', new TypeError('x is not a function')],
  ])('does not wait for %s', async (_, error) => {
    const { opened, pauses } = run(60_000, [error]);

    await expect(opened).rejects.toBe(error);
    expect(pauses).toEqual([]);
  });
});
