// Rate limits of failed logins from an address.

import { connect } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBuckets, networkOf } from '../../../server/rate-limits/client-network.ts';
import { limitFailedLogins } from '../../../server/rate-limits/limit-failed-logins.ts';
import { basic, send } from '../../support/http/http.ts';
import { closing } from '../../support/http/raw-http.ts';
import { startSqliteServer } from '../../support/targets.ts';
import { rejection } from './rejection.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

afterEach(() => {
  vi.useRealTimers();
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

    const rejected = await rejection(logIn(wrong, { ip: '192.0.2.1' }));
    const rejectedThoughRight = await rejection(logIn(right, { ip: '192.0.2.1' }));
    const elsewhere = await logIn(right, { ip: '192.0.2.2' });
    vi.advanceTimersByTime(Number(rejected?.headers['Retry-After']) * 1000);

    expect(rejected).toMatchObject({ type: 'RateLimited', headers: { 'Retry-After': 60 } });
    expect(rejectedThoughRight).toMatchObject({ type: 'RateLimited' });
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

    expect(await rejection(logIn(wrong, { ip: '192.0.2.1' }))).toMatchObject({ type: 'RateLimited' });
  });

  it('limits concurrent guesses', async () => {
    const { logIn } = setUp();
    const guesses = [...Array.from({ length: 500 }, () => wrong), right];

    const outcomes = await Promise.all(
      guesses.map(async (guess) => (await rejection(logIn(guess, { ip: '192.0.2.1' })))?.type ?? 'compared'),
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

    const rejected = await Promise.all(
      [wrong, { ...right, clientId: 'new' }, { ...wrong, clientId: 'misconfigured' }].map((each) =>
        rejection(logIn(each, ip)),
      ),
    );
    const passed = await Promise.all(Array.from({ length: 50 }, () => logIn(right, ip)));

    expect(rejected.map((each) => each?.type)).toEqual(['RateLimited', 'RateLimited', 'RateLimited']);
    expect(new Set(passed.map((principal) => principal?.clientId))).toEqual(new Set(['key']));
    // The credentials are known where they were used, and nowhere else.
    for (let guess = 0; guess < 3; guess++) await logIn(wrong, elsewhere);
    expect(await rejection(logIn(right, elsewhere))).toMatchObject({ type: 'RateLimited' });
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
    expect(await rejection(logIn(right, { ip: '2001:db8::3' }))).toMatchObject({ type: 'RateLimited' });
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
    expect(await rejection(logInAs(1))).toMatchObject({ type: 'RateLimited' });
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
