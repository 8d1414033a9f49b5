// The option `fetch` of a call, and failures that no retry can fix.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Attempt, createFetch, NetworkError } from '../../../openapi/client/index.ts';
import { createClient, type TestedOptions, testedOrganizationWith } from '../../support/contract/tested-version.ts';

const PATH = '/customer-organizations';
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const CREATED = testedOrganizationWith({ owner: { id: BODY.ownerId, name: 'A' }, members: [] });

const created = async () => Response.json(CREATED, { status: 201 });
const clientWith = (options: Partial<TestedOptions> = {}) =>
  createClient({ baseUrl: 'https://api.test/api', maxRetryWaitMs: 0, ...options });
const caught = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => error);

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the option `fetch` of a call', () => {
  it('is called instead of that of the client, for this call', async () => {
    const [own, ofCall] = [vi.fn(created), vi.fn(created)];
    const client = clientWith({ fetch: own });

    await client.POST(PATH, { body: BODY, fetch: ofCall });
    await client.request('post', PATH, { body: BODY, fetch: ofCall });
    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY, fetch: undefined });

    expect([own.mock.calls.length, ofCall.mock.calls.length]).toEqual([2, 2]);
  });

  it('has the retries of the client, and its `onAttempt`', async () => {
    const attempts: Attempt[] = [];
    const fetch = vi
      .fn(created)
      .mockRejectedValueOnce(new TypeError('Failed to fetch'))
      .mockResolvedValueOnce(Response.error());

    const { data, idempotencyKey } = await clientWith({ onAttempt: (attempt) => attempts.push(attempt) }).POST(PATH, {
      body: BODY,
      fetch,
    });

    expect(data).toEqual(CREATED);
    expect(attempts.map((each) => [each.attempt, each.status, each.idempotencyKey])).toEqual([
      [1, undefined, idempotencyKey],
      [2, undefined, idempotencyKey],
      [3, 201, idempotencyKey],
    ]);
  });

  it('has the time-out of the client, and fails with a NetworkError', async () => {
    const client = clientWith({ timeoutMs: 20, retries: 1 });

    const error = await caught(client.POST(PATH, { body: BODY, fetch: () => new Promise(() => {}) }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ reason: 'timeout', attempts: 2, idempotencyKey: expect.stringMatching(/.{36}/) });
  });

  it.each([[undefined], [null], [{}], ['ok'], [{ ok: true, status: 201, json: created }]])(
    'must not resolve with %j',
    async (value) => {
      const fetch = async () => value as unknown as Response; // Not allowed by the type.

      await expect(clientWith().POST(PATH, { body: BODY, fetch })).rejects.toThrow(
        /^The `fetch` option must return a Response, not /,
      );
    },
  );

  it.each([[null], ['x'], [{}], [Promise.resolve(created)]])('must be a function, not %j', async (value) => {
    const fetch = value as unknown as typeof created; // Not allowed by the type.

    await expect(clientWith({ fetch: created }).POST(PATH, { body: BODY, fetch })).rejects.toThrow(
      /^The `fetch` option must be a function, not /,
    );
  });

  it('may be one of `createFetch`, whose NetworkError is thrown unchanged', async () => {
    const send = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')));
    const fetch = createFetch({ fetch: send, retries: 3, maxRetryWaitMs: 0 });

    const error = await caught(clientWith().POST(PATH, { body: BODY, fetch }));

    expect(error).toMatchObject({ name: 'NetworkError', attempts: 4 });
    expect(send).toHaveBeenCalledTimes(4);
  });
});

describe('what the `fetch` of the caller throws', () => {
  class SessionExpired extends Error {
    override readonly name = 'SessionExpired';
  }

  it.each([
    new SessionExpired('login'),
    new SessionExpired('login', { cause: new TypeError('fetch failed') }),
    new Error('boom'),
    Object.assign(new Error('1 === 2'), { name: 'AssertionError', code: 'ERR_ASSERTION' }),
    Object.assign(new Error('later'), { code: 'SESSION_EXPIRED' }),
    new RangeError('Invalid array length'),
    new ReferenceError('x is not defined'),
    new SyntaxError('Unexpected end of JSON input'),
    new TypeError('x is not a function'),
  ])('is thrown unchanged, without a retry: %s', async (thrown) => {
    const fetch = vi.fn(() => Promise.reject(thrown));
    const onAttempt = vi.fn();

    const outcome = await clientWith({ fetch, onAttempt })
      .POST(PATH, { body: BODY })
      .then(() => 'a result', caughtOf);

    expect(outcome).toEqual({ caught: thrown });
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(onAttempt).toHaveBeenCalledTimes(1);
  });

  const caughtOf = (error: unknown) => ({ caught: error });

  it.each<[string, unknown, string]>([
    ['of undici', new TypeError('fetch failed', { cause: new Error('other side closed') }), 'unknown'],
    ['of Chromium', new TypeError('Failed to fetch'), 'unknown'],
    ['of Firefox', new TypeError('NetworkError when attempting to fetch resource.'), 'unknown'],
    ['of Safari', new TypeError('Load failed'), 'unknown'],
    ['of a body that was cut off', new TypeError('terminated'), 'unknown'],
    ['of node-fetch', Object.assign(new Error('x'), { name: 'FetchError', code: 'ECONNREFUSED' }), 'refused'],
    ['of node:http', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'reset'],
    ['of a route', Object.assign(new Error('x'), { code: 'ENETUNREACH' }), 'unknown'],
    ['of happy-dom', new DOMException('x', 'NetworkError'), 'unknown'],
    ['of a time-out', new DOMException('x', 'TimeoutError'), 'timeout'],
  ])('is retried, and becomes a NetworkError, if it is an error %s', async (_, thrown, reason) => {
    const fetch = vi.fn(() => Promise.reject(thrown));

    const error = await caught(clientWith({ fetch }).POST(PATH, { body: BODY }));

    expect(error).toMatchObject({ name: 'NetworkError', reason, attempts: 3, cause: thrown });
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['0', 0],
    ['""', ''],
    ['"login"', 'login'],
    ['an object', {}],
    ['an object', { status: 401 }],
    ['an array', []],
    ['a function', () => {}],
    ['Symbol(x)', Symbol('x')],
  ])('becomes a NetworkError that says so, if it is no error but %s', async (description, thrown) => {
    const attempts: Attempt[] = [];
    const fetch = () => Promise.reject(thrown);

    const error = await caught(
      clientWith({ fetch, onAttempt: (each) => attempts.push(each) }).POST(PATH, { body: BODY }),
    );

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ reason: 'unknown', attempts: 3, idempotencyKey: expect.stringMatching(/.{36}/) });
    expect(error).toHaveProperty('cause', thrown);
    expect(error).toHaveProperty(
      'message',
      `No valid response to POST https://api.test/api${PATH} after 3 attempts: not an error, but ${description}`,
    );
    expect(attempts.map((each) => each.error)).toEqual([thrown, thrown, thrown]);
  });

  it('is described by its name if it has no message', async () => {
    const fetch = () => Promise.reject(new TypeError());

    expect(await caught(clientWith({ fetch }).POST(PATH, { body: BODY }))).toMatchObject({
      name: 'NetworkError',
      message: expect.stringMatching(/ after 3 attempts: TypeError$/),
    });
  });
});

describe('a call', () => {
  it.each([[null], [undefined], [{}], [{ header: null }]])('may have the `params` %j', async (given) => {
    const params = given as object; // Not allowed by the type.

    expect((await clientWith({ fetch: created }).POST(PATH, { body: BODY, params })).data).toEqual(CREATED);
  });

  it.each(['Request', 'fetch'])('is rejected with advice where there is no %s', async (name) => {
    vi.stubGlobal(name, undefined);

    for (const call of [clientWith().POST(PATH, { body: BODY }), createFetch()('https://api.test/')])
      await expect(call).rejects.toThrow(new TypeError('No Fetch API. See the `fetch` option, or jest-fixed-jsdom.'));
  });

  it('needs no global fetch with the option `fetch`', async () => {
    vi.stubGlobal('fetch', undefined);

    expect((await clientWith({ fetch: created }).POST(PATH, { body: BODY })).data).toEqual(CREATED);
    expect((await clientWith().POST(PATH, { body: BODY, fetch: created })).data).toEqual(CREATED);
  });
});

describe('a failure that a retry cannot fix', () => {
  const failed = (message: string, code?: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(message), code && { code }) });

  it.each([
    ['bad port', undefined],
    ['redirect count exceeded', undefined],
    ['unexpected redirect', undefined],
    ['unknown scheme', undefined],
    ['URL scheme must be a HTTP(S) scheme', undefined],
    ['certificate has expired', 'CERT_HAS_EXPIRED'],
    ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['unable to get local issuer certificate', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ["Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['SSL routines: wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'],
  ])('is not retried: %s (%s)', async (message, code) => {
    const fetch = vi.fn(() => Promise.reject(failed(message, code)));

    const error = await caught(clientWith({ fetch }).POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ reason: 'unknown', attempts: 1, message: expect.stringContaining(message) });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['getaddrinfo EAI_AGAIN redirect.test', 'EAI_AGAIN'],
    ['read ECONNRESET', 'ECONNRESET'],
    ['other side closed', 'UND_ERR_SOCKET'],
    ['the port is busy', undefined],
  ])('does not include: %s (%s)', async (message, code) => {
    const fetch = vi.fn(() => Promise.reject(failed(message, code)));

    expect(await caught(clientWith({ fetch }).POST(PATH, { body: BODY }))).toMatchObject({ attempts: 3 });
  });
});

describe('invalid credentials', () => {
  const INVALID =
    'The `clientId` and `clientSecret` options must be non-empty strings without control characters or surrogates.';

  it.each<[unknown, string]>([
    [{ clientId: 'a', clientSecret: '' }, INVALID],
    [{ clientId: '', clientSecret: 'a' }, INVALID],
    [{ clientId: 'a:b', clientSecret: 'a' }, 'The `clientId` option must not contain a colon.'],
    [{ clientId: 'a', clientSecret: 'hush\ud800' }, INVALID],
    [{ clientId: '\udc00', clientSecret: 'hush' }, INVALID],
    [{ clientId: '\ud83d', clientSecret: '\ude00' }, INVALID],
    [{ clientId: 'a', clientSecret: 'hush\n' }, INVALID],
    [Promise.resolve({ clientId: 'a', clientSecret: 'hush' }), 'or a function, not a promise: await it.'],
  ])('are rejected when the client is created, and by a function: %j', async (credentials, message) => {
    const given = credentials as { clientId: string; clientSecret: string }; // Not allowed by the type.

    expect(() => clientWith({ credentials: given })).toThrow(message);
    if (credentials instanceof Promise) return;
    const error = await caught(clientWith({ credentials: () => given, fetch: created }).POST(PATH, { body: BODY }));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('hush');
  });

  it('do not include a complete surrogate pair', async () => {
    const header = vi.fn((request: Request) => request.headers.get('Authorization'));
    const client = clientWith({
      credentials: { clientId: '😀', clientSecret: 'é' },
      fetch: async (request) => {
        header(request);
        return created();
      },
    });

    await client.POST(PATH, { body: BODY });

    expect(header).toHaveReturnedWith(`Basic ${Buffer.from('😀:é').toString('base64')}`);
  });
});
