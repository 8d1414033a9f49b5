// Log-ins that the edge remembers for a moment: whose, for how long, and that nobody else gains by it.
import type { Request } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AppOptions } from '../../server/edge/app.ts';
import { createLogIn } from '../../server/edge/log-in.ts';
import { send } from '../support/http.ts';
import { startEdge } from '../support/targets.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const RIGHT = basic('key:right');

/** What a log-in reads of a request. */
const from = (authorization: string | undefined, remoteAddress = '192.0.2.1') =>
  ({ headers: { authorization }, socket: { remoteAddress } }) as unknown as Request;

/** Lets in who says `right`. */
function createAuthenticate() {
  return vi.fn<AppOptions['authenticate']>(({ clientId, secret }) =>
    secret === 'right' ? { account: 'account', clientId } : undefined,
  );
}

function scene(rememberLogInMs?: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const authenticate = createAuthenticate();
  const logIn = createLogIn({ authenticate, ...(rememberLogInMs !== undefined && { rememberLogInMs }) });
  return { authenticate, logIn: async (request: Request) => logIn(request) };
}

describe('a log-in', () => {
  it('asks for each request, unless it is told to remember', async () => {
    const { authenticate, logIn } = scene();

    for (let count = 0; count < 3; count++)
      expect(await logIn(from(RIGHT))).toEqual({ account: 'account', clientId: 'key' });

    expect(authenticate).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is remembered asks once in that time, which does not grow by being used', async () => {
    const { authenticate, logIn } = scene(100);
    const askedAt: number[] = [];

    for (let ms = 0; ms < 250; ms += 10) {
      const before = authenticate.mock.calls.length;
      expect(await logIn(from(RIGHT))).toEqual({ account: 'account', clientId: 'key' });
      if (authenticate.mock.calls.length > before) askedAt.push(ms);
      vi.advanceTimersByTime(10);
    }

    expect(askedAt).toEqual([0, 100, 200]);
  });

  it.each([
    ['another secret', from(basic('key:wrong'))],
    ['the beginning of the secret', from(basic('key:righ'))],
    ['other credentials that say the same', from(RIGHT.replace('Basic', 'basic'))],
    ['another address', from(RIGHT, '192.0.2.2')],
    ['no credentials', from(undefined)],
  ])('is not remembered for %s', async (_, other) => {
    const { authenticate, logIn } = scene(100);
    await logIn(from(RIGHT));
    const before = authenticate.mock.calls.length;
    const alone = createAuthenticate();
    const outcome = async (request: Promise<unknown>) =>
      request.then(
        () => 'let in',
        ({ status }: { status: number }) => status,
      );

    const known = await outcome(logIn(other));

    expect(known).toBe(await outcome((async () => createLogIn({ authenticate: alone })(other))()));
    expect(authenticate.mock.calls.length - before).toBe(alone.mock.calls.length);
  });

  it('that fails is not remembered: each of many guesses is asked about, and the right one is let in', async () => {
    const { authenticate, logIn } = scene(100);

    for (let count = 0; count < 3; count++)
      await expect(logIn(from(basic('key:wrong')))).rejects.toMatchObject({ status: 401 });
    authenticate.mockImplementationOnce(() => {
      throw new Error('the database is away');
    });
    await expect(logIn(from(RIGHT))).rejects.toThrow('the database is away');
    await logIn(from(RIGHT));

    expect(authenticate).toHaveBeenCalledTimes(5);
  });

  it('leaves nothing behind when its time is over, however many there were', async () => {
    const { authenticate, logIn } = scene(100);

    for (let client = 0; client < 2500; client++) await logIn(from(basic(`${client}:right`)));
    expect(vi.getTimerCount()).toBeLessThan(4);
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
    await logIn(from(basic('2499:right')));

    expect(authenticate).toHaveBeenCalledTimes(2501);
  });

  it('behind a proxy is remembered for the address that the proxy tells', async () => {
    const authenticate = createAuthenticate();
    const { url, close } = await startEdge({}, { authenticate, rememberLogInMs: 60_000, trustProxy: 1 });
    onTestFinished(close);
    const addresses = () => authenticate.mock.calls.map(([, { ip }]) => ip);

    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2'])
      await send(url, { headers: { authorization: RIGHT, 'x-forwarded-for': address }, body: {} });

    expect(addresses()).toEqual(['192.0.2.1', '192.0.2.2']);
  });
});
