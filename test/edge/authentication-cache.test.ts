// Authentications that the edge caches for a moment: of which clients, for how long, and with no effect on others.
import type { Request, Response } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Exchange } from '../../server/edge/exchange/exchange.ts';
import { bundledVersions } from '../../server/edge/exchange/live-versions.ts';
import { clientOf } from '../../server/edge/exchange/socket-clients.ts';
import type { AppOptions } from '../../server/edge/options.ts';
import { identifyClient } from '../../server/edge/steps/identify-client.ts';
import { send } from '../support/http/http.ts';
import { startEdge } from '../support/targets.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const RIGHT = basic('key:right');

/** The parts of a request that authentication reads. */
const from = (authorization: string | undefined, remoteAddress = '192.0.2.1') =>
  ({ headers: { authorization }, socket: { remoteAddress } }) as unknown as Request;

/** Accepts the secret `right`. */
function createAsk() {
  return vi.fn<AppOptions['authenticate']>(({ clientId, secret }) =>
    secret === 'right' ? { account: 'account', clientId } : undefined,
  );
}

function create(ask: AppOptions['authenticate'], authenticationCacheMs?: number) {
  const step = identifyClient({
    authenticate: ask,
    ...(authenticationCacheMs !== undefined && { authenticationCacheMs }),
  });
  return async (request: Request) => {
    // No other method is called.
    const response = { setHeader: () => undefined } as unknown as Response;
    const exchange = new Exchange(request, response, { requestId: '', traceId: undefined }, bundledVersions);
    await step(exchange);
    return exchange.principal;
  };
}

function start(authenticationCacheMs?: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ask = createAsk();
  return { ask, identify: create(ask, authenticationCacheMs) };
}

describe('authentication', () => {
  it('checks each request by default', async () => {
    const { ask, identify } = start();

    for (let count = 0; count < 3; count++)
      expect(await identify(from(RIGHT))).toEqual({ account: 'account', clientId: 'key' });

    expect(ask).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells the client of a connection, until credentials on it are rejected', async () => {
    const { identify } = start(100);
    const { socket } = from(RIGHT);
    const clients: (string | undefined)[] = [];

    for (const authorization of [RIGHT, basic('other:right'), basic('key:wrong'), RIGHT, undefined]) {
      await Promise.allSettled([identify(Object.assign(from(authorization), { socket }))]);
      clients.push(clientOf(socket));
    }

    expect(clients).toEqual(['key', 'other', undefined, 'key', undefined]);
  });

  it('reads the store once per cache interval, and does not extend the interval on use', async () => {
    const { ask, identify } = start(100);
    const askedAt: number[] = [];

    for (let ms = 0; ms < 250; ms += 10) {
      const before = ask.mock.calls.length;
      expect(await identify(from(RIGHT))).toEqual({ account: 'account', clientId: 'key' });
      if (ask.mock.calls.length > before) askedAt.push(ms);
      vi.advanceTimersByTime(10);
    }

    expect(askedAt).toEqual([0, 100, 200]);
  });

  it.each([
    ['another secret', from(basic('key:wrong'))],
    ['the beginning of the secret', from(basic('key:righ'))],
    ['the same credentials in another header', from(RIGHT.replace('Basic', 'basic'))],
    ['another address', from(RIGHT, '192.0.2.2')],
    ['no credentials', from(undefined)],
  ])('is not taken from the cache for %s', async (_, other) => {
    const { ask, identify } = start(100);
    await identify(from(RIGHT));
    const before = ask.mock.calls.length;
    const uncached = createAsk();
    const outcome = async (principal: Promise<unknown>) =>
      principal.then(
        () => 'authenticated',
        ({ status }: { status: number }) => status,
      );

    const known = await outcome(identify(other));

    expect(known).toBe(await outcome(create(uncached)(other)));
    expect(ask.mock.calls.length - before).toBe(uncached.mock.calls.length);
  });

  it('does not cache a failed login: every guess is checked, and the right one succeeds', async () => {
    const { ask, identify } = start(100);

    for (let count = 0; count < 3; count++)
      await expect(identify(from(basic('key:wrong')))).rejects.toMatchObject({ status: 401 });
    ask.mockImplementationOnce(() => {
      throw new Error('the database is away');
    });
    await expect(identify(from(RIGHT))).rejects.toThrow('the database is away');
    await identify(from(RIGHT));

    expect(ask).toHaveBeenCalledTimes(5);
  });

  it('leaves nothing in memory after the cache interval, however many logins there were', async () => {
    const { ask, identify } = start(100);

    for (let client = 0; client < 2500; client++) await identify(from(basic(`${client}:right`)));
    expect(vi.getTimerCount()).toBeLessThan(4);
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
    await identify(from(basic('2499:right')));

    expect(ask).toHaveBeenCalledTimes(2501);
  });

  it('caches a login behind a proxy for the address that the proxy names', async () => {
    const ask = createAsk();
    const { url, close } = await startEdge({}, { authenticate: ask, authenticationCacheMs: 60_000, trustProxy: 1 });
    onTestFinished(close);
    const addresses = () => ask.mock.calls.map(([, { ip }]) => ip);

    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2'])
      await send(url, { headers: { authorization: RIGHT, 'x-forwarded-for': address }, body: {} });

    expect(addresses()).toEqual(['192.0.2.1', '192.0.2.2']);
  });
});
