// Responses before the credentials are checked, which still have the version to which these are pinned.
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AppOptions, ExchangeSummary } from '../../../server/edge/options.ts';
import { limitFailedLogins } from '../../../server/rate-limits/limit-failed-logins.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { FIRST, SECOND, THIRD } from '../../support/contract/three-versions.ts';
import { basic, DEMO, PATH, type TestRequest } from '../../support/http/http.ts';
import { openConnection } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { BODIES, startVersions } from './three-version-edge.ts';

const WRONG = basic('key', 'wrong');
const ORIGIN = 'https://example.com';

/** Credentials with the secret `secret` are pinned to the first version, and no others are accepted. */
const pinned = () =>
  vi.fn<AppOptions['authenticate']>(({ clientId, secret }) =>
    secret === 'secret' ? { account: 'account', clientId, version: FIRST } : undefined,
  );

async function open(options: Parameters<typeof startVersions>[0] = {}) {
  const authenticate = pinned();
  const target = await startVersions({ authenticate, ...options });
  /** Status, version and `Allow` of the response to a request without a version. */
  const see = async (request: TestRequest) => {
    const { status, headers } = await target.ask(undefined, request);
    return [status, headers['sequence-version'], headers.allow];
  };
  return { ...target, authenticate, see };
}

async function start(options: Parameters<typeof startVersions>[0] = {}) {
  const target = await open(options);
  onTestFinished(target.close);
  return target;
}

describe('an error about path or method', () => {
  /** The edge of tests that only read its responses, because compiling an edge takes 0.3 s. */
  let shared: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    shared = await open();
  });
  afterAll(() => shared.close());

  it.each<[string, number, string | undefined, string | undefined, TestRequest]>([
    ['of an unknown path', 404, undefined, undefined, { path: '/api/none' }],
    ['of a path outside the API', 404, undefined, undefined, { path: '/none' }],
    ['of a target without a path', 404, undefined, undefined, { path: '//' }],
    ['of a path that only newer versions have', 404, undefined, 'GET', { method: 'PUT', path: '/api/all-customers' }],
    ['of an unknown method', 405, 'POST', 'GET, POST', { method: 'DELETE' }],
    ['of a method that only newer versions have', 405, 'POST', 'GET, POST', { method: 'HEAD' }],
    ['of OPTIONS', 405, 'POST', 'GET, POST', { method: 'OPTIONS' }],
  ])(
    'has the version of the pin, and without valid credentials the newest: %s',
    async (_, status, allow, newest, each) => {
      const { see } = shared;
      const withCredentials = (authorization: string | string[]) => see({ ...each, headers: { authorization } });
      const withoutPin = [newest === undefined ? status : 405, THIRD, newest];

      expect(await withCredentials(DEMO)).toEqual([status, FIRST, allow]);
      expect(await withCredentials([])).toEqual(withoutPin);
      expect(await withCredentials(WRONG)).toEqual(withoutPin);
      expect(await withCredentials('Bearer x')).toEqual(withoutPin);
    },
  );

  it('has the version of the header, and no credentials are looked up', async () => {
    const { ask, authenticate } = await start();

    const responses = [
      await ask(SECOND, { path: '/api/none' }),
      await ask(SECOND, { method: 'DELETE' }),
      await ask('2023-01-01', { path: '/api/none' }),
    ];

    expect(responses.map(({ headers }) => headers['sequence-version'])).toEqual([SECOND, SECOND, THIRD]);
    expect(authenticate).not.toHaveBeenCalled();
  });

  it('has the newest version when the pin is retired', async () => {
    const { see } = await start({ authenticate: ({ clientId }) => ({ account: '', clientId, version: '2023-01-01' }) });

    expect(await see({ path: '/api/none' })).toEqual([404, THIRD, undefined]);
  });

  it('is the same for valid and invalid credentials, except for the version', async () => {
    const { ask } = shared;

    const [right, wrong] = [
      await ask(undefined, { path: '/api/none' }),
      await ask(undefined, { path: '/api/none', headers: { authorization: WRONG } }),
    ];

    const namesIn = ({ headers }: typeof right) => Object.keys(headers).sort();
    expect([wrong.status, wrong.text, namesIn(wrong)]).toEqual([right.status, right.text, namesIn(right)]);
  });

  it('comes before the rate limit, also for a pin', async () => {
    const { ApiError } = await import('../../../server/edge/errors.ts');
    const limit = () => {
      throw new ApiError('RateLimited', { headers: { 'Retry-After': 1 } });
    };
    const { see } = await start({ limit });

    expect(await see({ path: '/api/none' })).toEqual([404, FIRST, undefined]);
    expect(await see({ method: 'GET', path: '/api/all-customers' })).toEqual([404, FIRST, undefined]);
    expect(await see({ method: 'POST', body: BODIES[FIRST] })).toEqual([429, FIRST, undefined]);
  });

  it('has a line in the log, and counts, with the version and the client', async () => {
    const { log, lines } = collectLog();
    const observed: ExchangeSummary[] = [];
    const { see } = await start({ log, observe: (summary) => void observed.push(summary) });

    await see({ path: '/api/none' });
    await see({ method: 'GET', path: '/api/all-customers' });
    await see({ path: '/api/none', headers: { authorization: WRONG } });
    await see({ path: '/api/none', headers: { authorization: [] } });

    await vi.waitFor(() => expect(lines).toHaveLength(4));
    const known = { apiVersion: FIRST, account: 'account', clientId: 'key', address: undefined };
    const failed = { apiVersion: undefined, clientId: undefined, address: '127.0.0.1', attemptedClientId: 'key' };
    const unknown = { apiVersion: undefined, clientId: undefined, address: undefined, attemptedClientId: undefined };
    expect(lines.map((line) => ({ ...unknown, ...line }))).toMatchObject([known, known, failed, unknown]);
    expect(observed.map(({ apiVersion, operationId }) => [apiVersion, operationId])).toEqual([
      ...[
        [FIRST, undefined],
        [FIRST, undefined],
      ],
      ...[
        [undefined, undefined],
        [undefined, undefined],
      ],
    ]);
  });
});

describe('a preflight request', () => {
  const preflight = { origin: ORIGIN, 'access-control-request-method': 'POST' };

  it('gets the newest version, and that of the pin if it has credentials', async () => {
    const { ask, authenticate } = await start({ corsOrigins: '*' });
    const send = (authorization: string | string[]) =>
      ask(undefined, { method: 'OPTIONS', headers: { ...preflight, authorization } }).catch(
        // The contract has no such method.
        ({ message }: Error) => JSON.parse(message).response,
      );

    const anonymous = await send([]);
    const calls = authenticate.mock.calls.length;
    const withCredentials = await send(DEMO);

    expect([anonymous.status, anonymous.headers['sequence-version'], calls]).toEqual([204, THIRD, 0]);
    expect([withCredentials.status, withCredentials.headers['sequence-version']]).toEqual([204, FIRST]);
    expect(withCredentials.headers['access-control-allow-origin']).toBe('*');
  });

  it('gets one response when it turns out malformed while its credentials are checked', async () => {
    const [asked, checked] = [Promise.withResolvers<void>(), Promise.withResolvers<undefined>()];
    const authenticate = () => {
      asked.resolve();
      return checked.promise;
    };
    const { url, see } = await start({ corsOrigins: '*', authenticate });
    const { socket, closed } = await openConnection(url);
    const lines = Object.entries({ Host: 'x', Authorization: DEMO, ...preflight, 'Transfer-Encoding': 'chunked' });
    socket.write(`OPTIONS ${PATH} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`);
    await asked.promise;
    socket.write('x\r\n');
    const received = await closed;
    checked.resolve(undefined);

    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    // An unhandled error would have ended the process.
    expect(await see({ method: 'DELETE', headers: { authorization: [] } })).toEqual([405, THIRD, 'GET, POST']);
  });
});

describe('the limit of failed logins', () => {
  const limited = (perMinute: number) => {
    const compare = pinned();
    const [onRejected, onBlocked] = [vi.fn(), vi.fn()];
    return {
      authenticate: limitFailedLogins(compare, { perMinute, onRejected, onBlocked }),
      compare,
      onRejected,
      onBlocked,
    };
  };
  const at = (authorization: string, path = '/api/none') => ({ path, headers: { authorization }, body: BODIES[FIRST] });

  it('counts wrong credentials that are sent to an unknown path like those of any other request', async () => {
    const { authenticate, compare, onRejected, onBlocked } = limited(3);
    const { see } = await start({ authenticate });

    for (let guess = 0; guess < 3; guess++) expect(await see(at(WRONG))).toEqual([404, THIRD, undefined]);
    compare.mockClear();
    const rejected = [await see(at(WRONG)), await see(at(DEMO)), await see({ method: 'DELETE' })];
    const elsewhere = await see(at(DEMO, PATH));

    expect(rejected).toEqual([
      [404, THIRD, undefined],
      [404, THIRD, undefined],
      [405, THIRD, 'GET, POST'],
    ]);
    expect(elsewhere).toEqual([429, THIRD, undefined]);
    expect(compare).not.toHaveBeenCalled();
    expect(onBlocked).toHaveBeenCalledTimes(1);
    expect(onRejected).toHaveBeenCalledTimes(4);
  });

  it('holds for unknown paths once it is reached, except for clients that have logged in before', async () => {
    const { authenticate } = limited(2);
    const { see } = await start({ authenticate });
    const trusted = basic('trusted', 'secret');

    expect(await see(at(trusted))).toEqual([404, FIRST, undefined]);
    for (let guess = 0; guess < 2; guess++) expect((await see(at(WRONG, PATH)))[0]).toBe(401);

    expect(await see(at(DEMO))).toEqual([404, THIRD, undefined]);
    expect(await see(at(trusted))).toEqual([404, FIRST, undefined]);
    expect(await see(at(basic('trusted', 'wrong')))).toEqual([404, THIRD, undefined]);
  });

  it('compares no more of simultaneous guesses than it allows', async () => {
    const { authenticate } = limited(3);
    const { url } = await start({ authenticate });
    const guesses = [...Array.from({ length: 30 }, () => WRONG), DEMO];

    const versions = await pipeline(url, guesses);

    expect(versions).toEqual(guesses.map(() => THIRD));
  });

  it('does not count what is not well-formed, nor requests without credentials', async () => {
    const { authenticate, onRejected } = limited(1);
    const { see } = await start({ authenticate });

    for (const authorization of ['Bearer x', 'Basic !', 'Basic a2V5', '']) await see(at(authorization));
    for (let count = 0; count < 3; count++) await see({ path: '/api/none', headers: { authorization: [] } });

    expect(await see(at(DEMO))).toEqual([404, FIRST, undefined]);
    expect(onRejected).not.toHaveBeenCalled();
  });
});

describe('when the credentials cannot be checked', () => {
  it.each([
    ['the store is not available', new StoreUnavailableError('There was no connection in time.')],
    ['there is a defect', new TypeError('x is not a function')],
  ])('the error has the newest version and says nothing of it, but the log does: %s', async (_, thrown) => {
    const toApiError = vi.fn<NonNullable<AppOptions['toApiError']>>();
    const authenticate = () => Promise.reject(thrown);
    const { ask, see, lines } = await start({ authenticate, toApiError });
    const anonymous = await ask(undefined, { path: '/api/none', headers: { authorization: [] } });

    const failed = await ask(undefined, { path: '/api/none' });

    expect([failed.status, failed.text]).toEqual([404, anonymous.text]);
    expect(await see({ method: 'DELETE' })).toEqual([405, THIRD, 'GET, POST']);
    expect(toApiError.mock.calls).toEqual([[thrown], [thrown]]);
    // Equal failures within a second are logged once.
    expect([...new Set(lines.map(({ err }) => err?.message))]).toEqual([thrown.message]);
  });
});

/** Sends GET requests for an unknown path in one write, and returns the versions of the responses in their order. */
async function pipeline(url: string, authorizations: string[]): Promise<string[]> {
  const { socket, closed } = await openConnection(url);
  const requests = authorizations.map(
    (authorization, index) =>
      `GET /api/none HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n` +
      `${index === authorizations.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
  );
  socket.write(requests.join(''));
  return [...(await closed).matchAll(/sequence-version: (\S+)/gi)].map(([, version = '']) => version);
}
