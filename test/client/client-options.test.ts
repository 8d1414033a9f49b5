// The options of the client, its errors, and its parts alone.
import createFetchClient from 'openapi-fetch';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Mock, startMock } from '../../mock/start.ts';
import {
  ApiError,
  type Attempt,
  type ClientOptions,
  createClient,
  createFetch,
  createMiddleware,
  NetworkError,
  type paths,
  UnexpectedResponse,
  unwrap,
} from '../../openapi/client/index.ts';
import { requestSchemas, responseSchemas } from '../../openapi/schemas/index.ts';
import { organizationWith } from '../support/contract/organization.ts';

const PATH = '/customer-organizations';
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const CREATED = organizationWith({ owner: { id: BODY.ownerId, name: 'A' }, members: [] });
const CREDENTIALS = { clientId: 'key', clientSecret: 'secret' };
const BASIC = 'Basic a2V5OnNlY3JldA==';

/** A client whose requests get a 201, or what `respond` returns. */
function clientWith(
  options: Partial<ClientOptions> = {},
  respond = async (_: Request) => Response.json(CREATED, { status: 201 }),
) {
  const requests: Request[] = [];
  const client = createClient({
    baseUrl: 'https://api.test/api',
    fetch: (request) => {
      requests.push(request);
      return respond(request);
    },
    ...options,
  });
  const header = (name: string) => requests.map(({ headers }) => headers.get(name));
  return { client, requests, header };
}

async function startOwnMock(): Promise<Mock> {
  const mock = await startMock({ port: 0 });
  onTestFinished(() => mock.close());
  return mock;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the option `credentials`', () => {
  it('may be an async function, which is asked for each request', async () => {
    const secrets = ['secret', 'other'];
    const { client, header } = clientWith({
      credentials: async () => ({ clientId: 'key', clientSecret: secrets.shift() ?? '' }),
    });

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([BASIC, 'Basic a2V5Om90aGVy']);
  });

  it.each([
    ['a whole header', () => 'Bearer abc', 'Bearer abc'],
    ['undefined for none', async () => undefined, null],
  ])('may be a function that returns %s', async (_, credentials, expected) => {
    const { client, header } = clientWith({ credentials });

    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([expected]);
  });

  it('rejects the call, and sends nothing, when the function throws', async () => {
    const { client, requests } = clientWith({ credentials: () => Promise.reject(new Error('Not logged in.')) });

    await expect(client.POST(PATH, { body: BODY })).rejects.toThrow('Not logged in.');
    expect(requests).toEqual([]);
  });

  it('sends no header without it, and the cookies of the same origin', async () => {
    const { client, requests, header } = clientWith();

    await client.POST(PATH, { body: BODY });

    expect(header('Authorization')).toEqual([null]);
    expect(requests[0]?.credentials).toBe('same-origin');
  });

  it('is replaced by the header of a call', async () => {
    const { client, header } = clientWith({ credentials: CREDENTIALS });

    await client.POST(PATH, { body: BODY, headers: { Authorization: 'Bearer mine' } });

    expect(header('Authorization')).toEqual(['Bearer mine']);
  });
});

describe('the idempotency key', () => {
  it('is in each result, whether the client has made it or the caller', async () => {
    const statuses = [201, 400];
    const { client, header } = clientWith({}, async () => {
      const status = statuses.shift() ?? 500;
      return Response.json(status === 201 ? CREATED : { error: { type: 'InvalidRequest', message: 'No.' } }, {
        status,
      });
    });

    const made = await client.POST(PATH, { body: BODY });
    const given = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': 'mine' } } });

    expect([made.idempotencyKey, given.idempotencyKey]).toEqual(header('Idempotency-Key'));
    expect(made.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(given).toMatchObject({ idempotencyKey: 'mine', error: { error: { type: 'InvalidRequest' } } });
  });

  it('is in a result whose response was replaced by another middleware', async () => {
    const { client } = clientWith();
    client.use({ onResponse: ({ response }) => new Response(response.body, response) });

    const result = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': 'mine' } } });

    expect(result).toMatchObject({ idempotencyKey: 'mine', data: CREATED });
  });

  it('of a NetworkError lets the caller try again without a second organization', async () => {
    const mock = await startOwnMock();
    let isLost = true;
    const client = createClient({
      baseUrl: mock.url,
      credentials: CREDENTIALS,
      retries: 0,
      fetch: async (request) => {
        const response = await fetch(request);
        if (!isLost) return response;
        isLost = false;
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });
      },
    });

    const error = await caught(client.POST(PATH, { body: BODY }));
    if (!(error instanceof NetworkError)) throw error;
    const key = error.idempotencyKey ?? '';
    const { data, response } = await client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': key } } });

    expect(error.reason).toBe('reset');
    expect(response.headers.get('Idempotency-Replayed')).toBe('true');
    expect(mock.requests.map((request) => request.response?.body)).toEqual([data, data]);
  });
});

describe('unwrap', () => {
  it('throws an ApiError with all that identifies the error', async () => {
    const mock = await startOwnMock();
    const client = createClient({ baseUrl: mock.url, credentials: CREDENTIALS });
    const ownerId = '11111111-1111-4111-8111-111111111111';

    const result = await client.POST(PATH, { body: { ownerId, memberIds: [] } });
    const error = await caught((async () => unwrap(result))());

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'The account has no customer with one of the IDs; see details.',
      status: 400,
      type: 'UnknownCustomers',
      details: [{ in: 'body', pointer: '/ownerId', message: `The account has no customer ${ownerId}.` }],
      requestId: result.response.headers.get('X-Request-Id'),
      idempotencyKey: result.idempotencyKey,
    });
    expect((error as ApiError).requestId).toMatch(/^[0-9a-f-]{36}$/); // It is one, as above.
  });

  it('returns the data of a success', async () => {
    const { client } = clientWith();

    expect(unwrap(await client.POST(PATH, { body: BODY }))).toEqual(CREATED);
  });
});

describe('the option `timeoutMs`', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = () => new Promise<never>(() => {});

  it('ends an attempt after 30 seconds by default, and the request is sent again', async () => {
    let sent = 0;
    const { client, requests } = clientWith({ retries: 1 }, () =>
      sent++ === 0 ? never() : Promise.resolve(Response.json(CREATED, { status: 201 })),
    );

    const call = client.POST(PATH, { body: BODY });
    await vi.advanceTimersByTimeAsync(29_999);
    expect([sent, requests[0]?.signal.aborted]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await call).toMatchObject({ data: CREATED });
    expect([sent, requests[0]?.signal.aborted]).toEqual([2, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('covers the body of the response', async () => {
    const stalled = () => Promise.resolve(new Response(new ReadableStream({ pull: never }), { status: 201 }));
    const { client } = clientWith({ retries: 0, timeoutMs: 500 }, stalled);

    const call = caught(client.POST(PATH, { body: BODY }));
    await vi.advanceTimersByTimeAsync(500);

    expect(await call).toMatchObject({
      name: 'NetworkError',
      reason: 'timeout',
      attempts: 1,
      message: expect.stringContaining('There was no complete response within 500 ms.'),
    });
  });
});

describe('NetworkError.reason', () => {
  const failing = (code: string) => async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  };

  it.each([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'refused'],
    ['ECONNRESET', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['CERT_HAS_EXPIRED', 'unknown'],
  ])('of %s is %s', async (code, reason) => {
    const { client } = clientWith({ retries: 0 }, failing(code));

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason, attempts: 1 });
  });

  it('is `unknown` for what a browser throws', async () => {
    const { client } = clientWith({ retries: 0 }, async () => {
      throw new TypeError('Failed to fetch');
    });

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason: 'unknown' });
  });

  it.each([
    [{ networkError: true }, 'reset'],
    [{ hang: true }, 'timeout'],
  ] as const)('is that of the mock for %j', async (directive, reason) => {
    const mock = await startOwnMock();
    mock.next(directive);
    const client = createClient({ baseUrl: mock.url, credentials: CREDENTIALS, retries: 0, timeoutMs: 300 });

    expect(await caught(client.POST(PATH, { body: BODY }))).toMatchObject({ reason });
  });
});

describe('invalid options', () => {
  const base = 'https://api.test/api';
  const secret = 'hush';

  it.each<[unknown, RegExp]>([
    [undefined, /options must be an object, not undefined/],
    [base, /options must be an object, not "https/],
    [{}, /`baseUrl` option is required/],
    ...['', ' ', 'foo', 'localhost:3000/api', 'ftp://api.test', 'http://', 'https:///api', '//api.test/api', 'api'].map(
      (baseUrl): [unknown, RegExp] => [{ baseUrl }, /`baseUrl` option is required: a URL such as .*, but is "/],
    ),
    ...[`${base}//`, ` ${base}`, `${base} `, 'https://api.test\\api', 'https://a:99999/', 5, null].map(
      (baseUrl): [unknown, RegExp] => [{ baseUrl }, /`baseUrl` option is required/],
    ),
    [{ baseUrl: `https://user:${secret}@api.test/api` }, /with no credentials, no query and no fragment\.$/],
    [{ baseUrl: base, timeout: 5 }, /no option "timeout"\. Known here: baseUrl, fetch, retries, .*, responseSchemas\./],
    [{ baseUrl: base, toString: 5 }, /no option "toString"/],
    [{ baseUrl: base, timeoutMs: '5' }, /`timeoutMs` option must be from 1 to 3,600,000, not "5"/],
    [{ baseUrl: base, timeoutMs: Number.POSITIVE_INFINITY }, /not Infinity/],
    [{ baseUrl: base, retries: 1.5 }, /`retries` option must be an integer/],
    [{ baseUrl: base, fetch: {} }, /`fetch` option must be a function, not an object/],
    [{ baseUrl: base, onAttempt: null }, /`onAttempt` option must be a function, not null/],
    [{ baseUrl: base, credentials: null }, /`credentials` option must be .* or a function, not null/],
    [{ baseUrl: base, credentials: `Bearer ${secret}` }, /`credentials` option must be .*, not that text/],
    [{ baseUrl: base, credentials: ['key', secret] }, /`credentials` option must be .*, not an array/],
    [{ baseUrl: base, credentials: { clientId: 'key', secret } }, /`clientId` and `clientSecret` options are required/],
    [{ baseUrl: base, credentials: { clientId: 5, clientSecret: secret } }, /are required, as strings/],
    [{ baseUrl: base, version: '2024-07-31' }, /`version` option must be one of .*2024-07-30, not "2024-07-31"/],
    [{ baseUrl: base, responseSchemas: requestSchemas }, /`responseSchemas` option must be Standard Schemas by/],
    [{ baseUrl: base, responseSchemas: { createCustomerOrganization: { 201: {} } } }, /`responseSchemas` option/],
    ...[
      {},
      { createCustomerOrganisation: { 201: responseSchemas.createCustomerOrganization[201] } },
      { ...responseSchemas, createOrganization: { 201: responseSchemas.createCustomerOrganization[201] } },
      { createCustomerOrganization: {} },
      { createCustomerOrganization: null },
      { createCustomerOrganization: { 200: responseSchemas.createCustomerOrganization[201] } },
      { createCustomerOrganization: responseSchemas.createCustomerOrganization[201] },
      { createCustomerOrganization: { 201: null } },
    ].map((schemas): [unknown, RegExp] => [
      { baseUrl: base, responseSchemas: schemas },
      /by status, for .*\bcreateCustomerOrganization\b.*\.$/,
    ]),
    [{ baseUrl: base, responseSchemas: [] }, /`responseSchemas` option .* not an array/],
  ])('are refused when the client is created: %j', (options, message) => {
    const error = thrownBy(() => createClient(options as ClientOptions)); // Not what the type allows.

    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(String(error)).not.toContain(secret);
  });

  it.each([
    base,
    `${base}/`,
    'http://[::1]:3000',
    'HTTPS://API.test',
    '/',
    '/api',
    '/api/v1/',
    new URL(base),
    'http://münchen.test/ä',
  ])('are not those of the base URL %s', (baseUrl) => {
    expect(() => createClient({ baseUrl, version: undefined, credentials: undefined, fetch: undefined })).not.toThrow();
  });

  it('are refused by createFetch and createMiddleware, too', () => {
    // @ts-expect-error It is called timeoutMs.
    expect(() => createFetch({ timeout: 5 })).toThrow('no option "timeout"');
    // @ts-expect-error It is an option of createFetch.
    expect(() => createMiddleware({ timeoutMs: 5 })).toThrow('no option "timeoutMs"');
  });

  it('send a request below a base URL that is a URL object', async () => {
    const { client, requests } = clientWith({ baseUrl: new URL('https://api.test/api/') });

    await client.POST(PATH, { body: BODY });

    expect(requests[0]?.url).toBe(`https://api.test/api${PATH}`);
  });

  it('are an empty idempotency key of a call', async () => {
    const { client, requests } = clientWith();

    const call = client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': '' } } });

    await expect(call).rejects.toThrow(new TypeError('The `Idempotency-Key` must not be empty.'));
    expect(requests).toEqual([]);
  });
});

describe('a function `credentials`', () => {
  const hanging = () => new Promise<never>(() => {});

  it('that does not return is bounded by the time-out', async () => {
    const { client, requests } = clientWith({ credentials: hanging, timeoutMs: 20 });

    const error = await caught(client.POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ reason: 'timeout', attempts: 0, message: expect.stringContaining('within 20 ms') });
    expect(requests).toEqual([]);
  });

  it.each([
    ['before', AbortSignal.abort()],
    ['during', AbortSignal.timeout(20)],
  ])('that does not return is bounded by a signal that aborts %s the call', async (_, signal) => {
    const { client } = clientWith({ credentials: hanging });

    const error = await caught(client.POST(PATH, { body: BODY, signal }));

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ attempts: 0, reason: _ === 'before' ? 'abort' : 'timeout' });
  });

  it.each([[null], [5], [true], [[]], [''], ['Bearer hush\n'], ['Bearer hush€'], [{ clientId: 'key' }]])(
    'must not return %j',
    async (given) => {
      const { client, requests } = clientWith({ credentials: () => given as string }); // Not what the type allows.

      const error = await caught(client.POST(PATH, { body: BODY }));

      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toMatch(/credentials|`clientSecret`/);
      expect(String(error)).not.toContain('hush');
      expect(requests).toEqual([]);
    },
  );
});

describe('a custom `fetch`', () => {
  it.each([
    ['a RangeError', () => new Array(-1)],
    ['a ReferenceError', () => Reflect.get(globalThis, 'eval')('missing')],
    ['a call of what is no function', () => Reflect.apply(undefined as unknown as () => void, undefined, [])],
    ['a property of undefined', () => (undefined as unknown as Request).url],
  ])('that fails with %s is not called again, and its error is thrown', async (_, fail) => {
    const { client, requests } = clientWith({}, async () => {
      fail();
      return new Response();
    });

    const error = await caught(client.POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NetworkError);
    expect(requests).toHaveLength(1);
  });

  it.each([[undefined], [null], [{}], ['ok'], [{ status: 201 }]])('that resolves with %j is refused', async (value) => {
    const { client, requests } = clientWith({}, async () => value as unknown as Response); // Not what the type allows.

    await expect(client.POST(PATH, { body: BODY })).rejects.toThrow(
      /^The `fetch` option must resolve with a Response, not /,
    );
    expect(requests).toHaveLength(1);
  });

  it.each(['Failed to fetch', 'fetch failed', 'Load failed', 'NetworkError when attempting to fetch resource.', 'x'])(
    'that rejects with the TypeError %j is called again',
    async (message) => {
      const answers = [() => Promise.reject(new TypeError(message)), async () => Response.error()];
      const { client, requests } = clientWith({ maxRetryWaitMs: 1 }, async () => {
        const answer = answers.shift();
        return answer ? answer() : Response.json(CREATED, { status: 201 });
      });

      const { response } = await client.POST(PATH, { body: BODY });

      expect([response.status, requests.length]).toEqual([201, 3]);
    },
  );

  it('is not called with a request whose body has been read', async () => {
    const send = vi.fn(fetch);
    const request = new Request('https://api.test/', { method: 'PUT', body: 'x' });
    await request.text();

    await expect(createFetch({ fetch: send })(request)).rejects.toThrow(
      new TypeError('The body of the request has been read already.'),
    );
    expect(send).not.toHaveBeenCalled();
  });
});

describe('a response', () => {
  it.each<[number, unknown]>([
    [201, []],
    [201, [CREATED]],
    [201, 'created'],
    [400, { error: { type: 'Whoa', message: 'No.' } }],
    [400, { error: { type: 'toString', message: 'No.' } }],
    [401, { error: { type: 'RateLimited', message: 'No.' } }],
    [400, { error: { type: 'InvalidRequest' } }],
    [402, { error: { type: 'InvalidRequest', message: 'No.' } }],
    [400, { error: 'InvalidRequest' }],
    [400, []],
  ])('%i %j is none of the contract', async (status, body) => {
    const { client } = clientWith({}, async () => Response.json(body, { status }));

    await expect(client.POST(PATH, { body: BODY })).rejects.toBeInstanceOf(UnexpectedResponse);
  });

  it.each(['NotFound', 'MethodNotAllowed'])('%s is one outside of the operation', async (type) => {
    const { client } = clientWith({}, async () =>
      Response.json({ error: { type, message: 'No.' } }, { status: type === 'NotFound' ? 404 : 405 }),
    );

    expect((await client.POST(PATH, { body: BODY })).error?.error).toHaveProperty('type', type);
  });
});

describe('`unwrap`', () => {
  const response = new Response();

  it.each<[string, unknown, RegExp]>([
    ['undefined', undefined, /takes the result of a call, not undefined/],
    ['an empty object', {}, /takes the result of a call, not an object/],
    ['a promise', Promise.resolve({ data: {}, response }), /not a promise: await it/],
    ['a response', response, /takes the result of a call/],
    ['an error that is a text', { error: 'x', response }, /none of the contract/],
    ['an error without an envelope', { error: { type: 'RateLimited' }, response }, /none of the contract/],
  ])('refuses %s', (_, result, message) => {
    const error = thrownBy(() => unwrap(result as { response: Response })); // Not what the type allows.

    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
  });
});

describe('the option `onAttempt`', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('in the log');
      },
    ],
    ['rejects', () => Promise.reject(new Error('in the log'))],
  ])('changes no result when it %s, and its error is reported', async (_, onAttempt) => {
    const reported = vi.spyOn(console, 'error').mockReturnValue();
    onTestFinished(() => reported.mockRestore());
    const { client } = clientWith({ onAttempt });

    const { data } = await client.POST(PATH, { body: BODY });

    expect(data).toEqual(CREATED);
    expect(reported.mock.calls).toEqual([[new Error('in the log')]]);
  });

  it('reports its errors as uncaught ones of a page, where there is `reportError`', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client } = clientWith({ onAttempt: () => Promise.reject(new Error('in the log')) });

    expect((await client.POST(PATH, { body: BODY })).data).toEqual(CREATED);
    expect(reportError).toHaveBeenCalledWith(new Error('in the log'));
  });

  it('is called after each attempt', async () => {
    const mock = await startOwnMock();
    mock.next({ networkError: true });
    const attempts: Attempt[] = [];
    const client = createClient({
      baseUrl: mock.url,
      credentials: CREDENTIALS,
      onAttempt: (attempt) => attempts.push(attempt),
    });

    const { idempotencyKey } = await client.POST(PATH, { body: BODY });

    const shared = { method: 'POST', url: `${mock.url}${PATH}`, durationMs: expect.any(Number), idempotencyKey };
    expect(attempts).toEqual([
      { ...shared, attempt: 1, status: undefined, error: expect.any(TypeError), retryInMs: expect.any(Number) },
      { ...shared, attempt: 2, status: 201, error: undefined, retryInMs: undefined },
    ]);
    expect(JSON.stringify(attempts)).not.toContain('secret');
  });
});

describe('the User-Agent', () => {
  it.each(['document', 'WorkerGlobalScope'])('is not set where there is a %s', async (name) => {
    vi.stubGlobal(name, {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, header } = clientWith();

    await client.POST(PATH, { body: BODY });

    expect(header('User-Agent')).toEqual([null]);
  });
});

describe('the parts of the client', () => {
  it('work in a client of openapi-fetch', async () => {
    const mock = await startOwnMock();
    mock.next({ networkError: true });
    const client = createFetchClient<paths>({ baseUrl: mock.url, fetch: createFetch() });
    client.use(createMiddleware({ credentials: CREDENTIALS }));

    const { data } = await client.POST(PATH, { body: BODY });

    expect(data?.owner.id).toBe(BODY.ownerId);
    expect(mock.requests.map(({ headers }) => headers['idempotency-key']?.length)).toEqual([36, 36]);
  });

  it('takes a URL and options for `createFetch`, and sends a POST without a key once', async () => {
    const mock = await startOwnMock();
    mock.next({ networkError: true });
    const send = createFetch();
    const init = {
      method: 'POST',
      headers: { authorization: BASIC, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    };

    expect(await caught(send(mock.url + PATH, init))).toMatchObject({ reason: 'reset', attempts: 1 });
    const response = await send(new URL(mock.url + PATH), init);
    expect([response.status, response.url]).toEqual([201, mock.url + PATH]);
  });

  it('include the middleware of openapi-fetch', async () => {
    const { client, header } = clientWith();
    const middleware = { onRequest: ({ request }: { request: Request }) => request.headers.set('X-Trace', 'a') };
    client.use(middleware);
    await client.POST(PATH, { body: BODY });
    client.eject(middleware);
    await client.request('post', PATH, { body: BODY });

    expect(header('X-Trace')).toEqual(['a', null]);
  });
});

describe('a call of an operation that the contract does not have', () => {
  it('rejects, and sends nothing', async () => {
    const { client, requests } = clientWith();

    // @ts-expect-error there is no such path
    await expect(client.GET('/things', {})).rejects.toThrow('The contract has no operation GET /things.');
    expect(requests).toEqual([]);
  });
});
