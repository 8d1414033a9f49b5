// Rate limits of API keys, and of failed logins from an address.
import { connect } from 'node:net';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from '../../../server/edge/errors.ts';
import type { Principal } from '../../../server/edge/options.ts';
import { createBuckets, networkOf } from '../../../server/rate-limits/client-network.ts';
import { limitFailedLogins } from '../../../server/rate-limits/limit-failed-logins.ts';
import { limitRequests } from '../../../server/rate-limits/limit-requests.ts';
import { send } from '../../support/http/http.ts';
import { startEdge, startSqliteServer, type Target } from '../../support/targets.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const basic = (clientId: string, secret: string) => `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;

async function closing(target: Promise<Target>): Promise<Target> {
  const started = await target;
  onTestFinished(() => started.close());
  return started;
}

/** The rejection, or undefined when it passes. */
async function refusal(work: unknown): Promise<ApiError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('limitRequests', () => {
  const principal = (clientId: string): Principal => ({ account: 'account', clientId });

  it('allows exactly the limit of requests a minute for each key', async () => {
    vi.useFakeTimers();
    const limit = limitRequests({ perMinute: 3 });

    const mine = await Promise.all(Array.from({ length: 10 }, () => refusal(limit?.(principal('mine')))));
    const theirs = await refusal(limit?.(principal('theirs')));

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

      const refused = await refusal(limit?.(principal('mine')));
      const seconds = Number(refused?.headers['Retry-After']);
      vi.advanceTimersByTime((seconds - 1) * 1000);
      const tooEarly = afterMs % 1000 === 0 && seconds > 1 ? await refusal(limit?.(principal('mine'))) : refused;
      vi.advanceTimersByTime(1000);

      expect(refused).toMatchObject({ type: 'RateLimited', status: 429 });
      expect(seconds).toSatisfy((value: number) => Number.isInteger(value) && value >= 1 && value <= 60);
      expect(tooEarly).toBeDefined();
      expect(await refusal(limit?.(principal('mine')))).toBeUndefined();
      expect(await refusal(limit?.(principal('mine')))).toBeUndefined();
    },
  );

  it('does not extend the window of a client that keeps sending', async () => {
    vi.useFakeTimers();
    const limit = limitRequests({ perMinute: 1 });
    await limit?.(principal('mine'));

    for (let second = 0; second < 59; second++) {
      vi.advanceTimersByTime(1000);
      expect((await refusal(limit?.(principal('mine'))))?.headers).toEqual({ 'Retry-After': 59 - second });
    }
    vi.advanceTimersByTime(1000);

    expect(await refusal(limit?.(principal('mine')))).toBeUndefined();
  });

  it('is off at 0', () => {
    expect(limitRequests({ perMinute: 0 })).toBeUndefined();
  });

  it('uses the given counter, which replicas can share', async () => {
    const shared = new RateLimiterMemory({ keyPrefix: 'shared', points: 2, duration: 60 });
    const [one, other] = [1, 2].map(() => limitRequests({ perMinute: 2, createCounter: () => shared }));

    await one?.(principal('mine'));
    await other?.(principal('mine'));

    expect(await refusal(one?.(principal('mine')))).toMatchObject({ type: 'RateLimited' });
    expect(await refusal(other?.(principal('mine')))).toMatchObject({ type: 'RateLimited' });
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

describe('limitFailedLogins', () => {
  const right = { clientId: 'key', secret: 'right' };
  const wrong = { clientId: 'key', secret: 'wrong' };
  const setUp = (perMinute = 3) => {
    const compared: string[] = [];
    const onBlocked = vi.fn();
    const logIn = limitFailedLogins(
      ({ clientId, secret }) => {
        compared.push(secret);
        return secret === 'right' ? { account: 'account', clientId } : undefined;
      },
      { perMinute, onBlocked },
    );
    return { compared, onBlocked, logIn };
  };

  it('rejects unknown clients of an address before comparing their secret, with Retry-After', async () => {
    vi.useFakeTimers();
    const { compared, logIn, onBlocked } = setUp();
    for (let guess = 0; guess < 3; guess++) expect(await logIn(wrong, { ip: '192.0.2.1' })).toBeUndefined();
    compared.length = 0;

    const refused = await refusal(logIn(wrong, { ip: '192.0.2.1' }));
    const refusedThoughRight = await refusal(logIn(right, { ip: '192.0.2.1' }));
    const elsewhere = await logIn(right, { ip: '192.0.2.2' });
    vi.advanceTimersByTime(Number(refused?.headers['Retry-After']) * 1000);

    expect(refused).toMatchObject({ type: 'RateLimited', headers: { 'Retry-After': 60 } });
    expect(refusedThoughRight).toMatchObject({ type: 'RateLimited' });
    expect(elsewhere).toMatchObject({ account: 'account' });
    expect(compared).toEqual(['right']);
    expect(onBlocked.mock.calls).toEqual([['192.0.2.1']]);
    expect(await logIn(right, { ip: '192.0.2.1' })).toMatchObject({ account: 'account' });
  });

  it('does not count successful logins, and is not reset by them', async () => {
    const { logIn } = setUp();
    for (let round = 0; round < 50; round++) await logIn(right, { ip: '192.0.2.1' });
    for (let guess = 0; guess < 3; guess++) {
      await logIn(wrong, { ip: '192.0.2.1' });
      if (guess < 2) await logIn(right, { ip: '192.0.2.1' });
    }

    expect(await refusal(logIn(wrong, { ip: '192.0.2.1' }))).toMatchObject({ type: 'RateLimited' });
  });

  it('limits concurrent guesses', async () => {
    const { logIn } = setUp();
    const guesses = [...Array.from({ length: 500 }, () => wrong), right];

    const outcomes = await Promise.all(
      guesses.map(async (guess) => (await refusal(logIn(guess, { ip: '192.0.2.1' })))?.type ?? 'compared'),
    );

    expect(outcomes.filter((outcome) => outcome === 'compared')).toHaveLength(3);
    expect(outcomes.at(-1)).toBe('RateLimited');
  });

  it('accepts clients that have logged in from the address before', async () => {
    vi.useFakeTimers();
    const { logIn } = setUp();
    const [ip, elsewhere] = [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }];
    await logIn(right, ip);
    for (let guess = 0; guess < 3; guess++) await logIn({ ...wrong, clientId: 'misconfigured' }, ip);

    const refused = await Promise.all(
      [wrong, { ...right, clientId: 'new' }, { ...wrong, clientId: 'misconfigured' }].map((each) =>
        refusal(logIn(each, ip)),
      ),
    );
    const passed = await Promise.all(Array.from({ length: 50 }, () => logIn(right, ip)));

    expect(refused.map((each) => each?.type)).toEqual(['RateLimited', 'RateLimited', 'RateLimited']);
    expect(new Set(passed.map((principal) => principal?.clientId))).toEqual(new Set(['key']));
    // It is known where it was seen, and nowhere else.
    for (let guess = 0; guess < 3; guess++) await logIn(wrong, elsewhere);
    expect(await refusal(logIn(right, elsewhere))).toMatchObject({ type: 'RateLimited' });
  });

  it('trusts a client for an hour after its last login, in its whole IPv6 network', async () => {
    vi.useFakeTimers();
    const { logIn } = setUp();
    const failThrice = async () => {
      for (let guess = 0; guess < 3; guess++) await logIn(wrong, { ip: '2001:db8::1' });
    };
    await logIn(right, { ip: '2001:db8::1' });
    vi.advanceTimersByTime(3_599_000);
    await failThrice();

    expect(await logIn(right, { ip: '2001:db8::2' })).toMatchObject({ clientId: 'key' });
    vi.advanceTimersByTime(3_599_000);
    await failThrice();
    expect(await logIn(right, { ip: '2001:db8::3' })).toMatchObject({ clientId: 'key' });
    vi.advanceTimersByTime(3_600_001);
    await failThrice();
    expect(await refusal(logIn(right, { ip: '2001:db8::3' }))).toMatchObject({ type: 'RateLimited' });
  });

  it('trusts ten thousand clients, and evicts the least recently seen', async () => {
    const { logIn } = setUp();
    const logInAs = (client: number) => logIn({ ...right, clientId: `client-${client}` }, { ip: '192.0.2.1' });
    for (let client = 0; client < 10_000; client++) await logInAs(client);
    await logInAs(0);
    await logInAs(10_000);
    for (let guess = 0; guess < 3; guess++) await logIn(wrong, { ip: '192.0.2.1' });

    expect(await logInAs(0)).toMatchObject({ clientId: 'client-0' });
    expect(await logInAs(2)).toMatchObject({ clientId: 'client-2' });
    expect(await refusal(logInAs(1))).toMatchObject({ type: 'RateLimited' });
  });

  it('is off at 0', async () => {
    const { logIn } = setUp(0);

    for (let guess = 0; guess < 100; guess++) expect(await logIn(wrong, { ip: '192.0.2.1' })).toBeUndefined();
  });

  it('has bounded memory for any number of addresses', () => {
    const bucketOf = createBuckets();

    const buckets = new Set<string>();
    for (let host = 0; host < 100_000; host++)
      buckets.add(bucketOf(`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`));

    expect(buckets.size).toBeGreaterThan(40_000);
    expect(buckets.size).toBeLessThanOrEqual(2 ** 16);
    expect(bucketOf('10.0.0.1')).toBe(bucketOf('10.0.0.1'));
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['<script>', 'unknown'],
    ['', 'unknown'],
  ])('maps %s to %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it('returns 429, to pipelined guesses too', async () => {
    const { url } = await closing(startSqliteServer({ failedLoginsPerMinute: 5 }));

    const statuses = await pipeline(url, [
      ...Array.from({ length: 20 }, (_, index) => basic('key', `wrong-${index}`)),
      basic('key', 'secret'),
    ]);
    const response = await send(url, { headers: { authorization: basic('key', 'secret') }, body: VALID });
    const anonymous = await send(url, { headers: { authorization: [] }, body: VALID });

    expect(statuses).toEqual([...Array(5).fill(401), ...Array(16).fill(429)]);
    expect(response.status).toBe(429);
    expect(Number(response.headers['retry-after'])).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 60);
    expect(anonymous.status).toBe(401);
  });

  it('serves a trusted client of the same address, and returns 429 to its wrong secrets', async () => {
    const { url } = await closing(startSqliteServer({ failedLoginsPerMinute: 2 }));
    const ask = async (clientId: string, secret: string) =>
      (await send(url, { headers: { authorization: basic(clientId, secret) }, body: VALID })).status;

    const before = await ask('key', 'secret');
    const failed = [await ask('other', 'x'), await ask('other', 'x'), await ask('other', 'x'), await ask('key', 'x')];
    const after = await ask('key', 'secret');

    expect([before, failed, after]).toEqual([201, [401, 401, 429, 429], 201]);
  });

  it.each([
    [false, [401, 429, 429]],
    [1, [401, 401, 429]],
  ])('uses X-Forwarded-For only behind a trusted proxy: %s', async (trustProxy, statuses) => {
    const { url } = await closing(startSqliteServer({ failedLoginsPerMinute: 1, trustProxy }));
    const guessFrom = async (ip: string) =>
      (await send(url, { headers: { authorization: basic('key', 'wrong'), 'x-forwarded-for': ip } })).status;

    expect([await guessFrom('192.0.2.1'), await guessFrom('192.0.2.2'), await guessFrom('192.0.2.1')]).toEqual(
      statuses,
    );
  });
});

/** Sends all requests in one write, and returns the statuses of the responses in their order. */
async function pipeline(url: string, authorizations: string[]): Promise<number[]> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  onTestFinished(() => void socket.destroy());
  const requests = authorizations.map(
    (authorization, index) =>
      `POST /api/customer-organizations HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 2\r\n' +
      `${index === authorizations.length - 1 ? 'Connection: close\r\n' : ''}\r\n{}`,
  );
  socket.write(requests.join(''));
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
}
