// Rate limits of API keys.

import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../../server/edge/options.ts';
import { limitRequests } from '../../../server/rate-limits/limit-requests.ts';
import { basic, send } from '../../support/http/http.ts';
import { closing } from '../../support/http/raw-http.ts';
import { startEdge, startSqliteServer } from '../../support/targets.ts';
import { rejection } from './rejection.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

afterEach(() => {
  vi.useRealTimers();
});

describe('limitRequests', () => {
  const principal = (clientId: string): Principal => ({ account: 'account', clientId });

  it('allows exactly the limit of requests a minute for each key', async () => {
    vi.useFakeTimers();
    const limit = limitRequests({ perMinute: 3 });

    const mine = await Promise.all(Array.from({ length: 10 }, () => rejection(limit?.(principal('mine')))));
    const theirs = await rejection(limit?.(principal('theirs')));

    expect(mine.filter((each) => each === undefined)).toHaveLength(3);
    expect(theirs).toBeUndefined();
  });

  it.each([0, 1, 999, 1000, 30_400, 59_999])(
    'gives a Retry-After after which a request passes, %i ms into the minute',
    async (afterMs) => {
      vi.useFakeTimers();
      const limit = limitRequests({ perMinute: 2 });
      await limit?.(principal('mine'));
      vi.advanceTimersByTime(afterMs);
      await limit?.(principal('mine'));

      const rejected = await rejection(limit?.(principal('mine')));
      const seconds = Number(rejected?.headers['Retry-After']);
      vi.advanceTimersByTime((seconds - 1) * 1000);
      const tooEarly = afterMs % 1000 === 0 && seconds > 1 ? await rejection(limit?.(principal('mine'))) : rejected;
      vi.advanceTimersByTime(1000);

      expect(rejected).toMatchObject({ type: 'RateLimited', status: 429 });
      expect(seconds).toSatisfy((value: number) => Number.isInteger(value) && value >= 1 && value <= 60);
      expect(tooEarly).toBeDefined();
      expect(await rejection(limit?.(principal('mine')))).toBeUndefined();
      expect(await rejection(limit?.(principal('mine')))).toBeUndefined();
    },
  );

  it('does not extend the window of a client that keeps sending', async () => {
    vi.useFakeTimers();
    const limit = limitRequests({ perMinute: 1 });
    await limit?.(principal('mine'));

    for (let second = 0; second < 59; second++) {
      vi.advanceTimersByTime(1000);
      expect((await rejection(limit?.(principal('mine'))))?.headers).toEqual({ 'Retry-After': 59 - second });
    }
    vi.advanceTimersByTime(1000);

    expect(await rejection(limit?.(principal('mine')))).toBeUndefined();
  });

  it('is off at 0', () => {
    expect(limitRequests({ perMinute: 0 })).toBeUndefined();
  });

  it('uses the given counter, which replicas can share', async () => {
    const shared = new RateLimiterMemory({ keyPrefix: 'shared', points: 2, duration: 60 });
    const [one, other] = [1, 2].map(() => limitRequests({ perMinute: 2, createCounter: () => shared }));

    await one?.(principal('mine'));
    await other?.(principal('mine'));

    expect(await rejection(one?.(principal('mine')))).toMatchObject({ type: 'RateLimited' });
    expect(await rejection(other?.(principal('mine')))).toMatchObject({ type: 'RateLimited' });
  });

  it('does not turn an error of its counter into a rejection', async () => {
    const broken = { consume: () => Promise.reject(new Error('no connection')), get: () => Promise.resolve(null) };
    const limit = limitRequests({ perMinute: 2, createCounter: () => broken });

    await expect(limit?.(principal('mine'))).rejects.toThrow('no connection');
  });

  it('returns 429 before it checks the version and the body', async () => {
    const { url } = await closing(startSqliteServer({ rateLimitPerMinute: 2 }));
    await send(url, { body: VALID });
    await send(url, { body: VALID });

    const response = await send(url, {
      headers: { 'sequence-version': 'none', 'content-type': 'text/plain' },
      body: '{',
    });

    expect(response.status).toBe(429);
    expect(response.body).toEqual({
      error: { type: 'RateLimited', message: 'Too many requests. Retry after the number of seconds in Retry-After.' },
    });
    expect(Number(response.headers['retry-after'])).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 60);
  });

  it('does not count unauthenticated requests', async () => {
    const limit = vi.fn();
    const { url } = await closing(
      startEdge({ createCustomerOrganization: vi.fn() }, { limit, authenticate: () => undefined }),
    );

    for (let client = 0; client < 5; client++) {
      const response = await send(url, { headers: { authorization: basic(`stranger-${client}`, 'x') }, body: VALID });
      expect(response.status).toBe(401);
    }

    expect(limit).not.toHaveBeenCalled();
  });
});
