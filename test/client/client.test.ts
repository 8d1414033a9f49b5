// The typed client: requests, retries, and results for every kind of response.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClientOptions, createClient, NetworkError, UnexpectedResponse } from '../../openapi/client/index.ts';
import type { Credentials } from '../../server/edge/credentials.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { startEdge, startSqliteServer } from '../support/targets.ts';

const PATH = '/customer-organizations';
const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'] };
const CREATED = organizationWith({ owner: { id: BODY.ownerId, name: 'A' }, members: [] });

const CREDENTIALS = { clientId: 'key', clientSecret: 'secret' };

type Step = Response | Error;

/** A client whose `fetch` returns these responses in order, and records the requests. */
function clientWith(steps: Step[], options: Partial<ClientOptions> = {}) {
  const requests: Request[] = [];
  const client = createClient({
    baseUrl: 'https://api.test/api',
    credentials: CREDENTIALS,
    fetch: async (request) => {
      requests.push(request);
      const step = steps[requests.length - 1];
      if (!step) throw new Error('More requests than expected.');
      if (step instanceof Error) throw step;
      return step;
    },
    ...options,
  });
  return { client, requests, keys: () => requests.map((each) => each.headers.get('Idempotency-Key')) };
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const errorResponse = (status: number, type: string, headers: Record<string, string> = {}) =>
  json(status, { error: { type, message: 'No.' } }, headers);
const text = (status: number, body: string, type: string) =>
  new Response(body, { status, headers: { 'Content-Type': type } });

describe('createClient, with the server', () => {
  it('creates an organization', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    const client = createClient({ baseUrl: `${server.url}/api`, credentials: CREDENTIALS });

    const result = await client.POST(PATH, { body: BODY });

    expect(result).toMatchObject({
      response: { status: 201 },
      data: { owner: { name: 'FinTech Solutions Inc.' }, members: [{ name: 'Fintech Payment Processing' }] },
    });
    expect(result.error).toBeUndefined();
    expect(result.response.headers.get('Sequence-Version')).toBe('2024-07-30');
  });

  it('returns an error response without a retry', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    const client = createClient({
      baseUrl: `${server.url}/api/`,
      credentials: { clientId: 'key', clientSecret: 'wrong' },
    });

    const result = await client.POST(PATH, { body: BODY });

    expect(result).toMatchObject({ response: { status: 401 }, error: { error: { type: 'Unauthorized' } } });
    expect(result.data).toBeUndefined();
  });

  it('sends credentials in UTF-8', async () => {
    const seen: Credentials[] = [];
    const edge = await startEdge(
      { createCustomerOrganization: async () => ({ status: 201, body: CREATED }) },
      {
        authenticate: (credentials) => {
          seen.push(credentials);
          return { account: 'a', clientId: credentials.clientId };
        },
      },
    );
    onTestFinished(() => edge.close());
    const client = createClient({
      baseUrl: `${edge.url}/api`,
      credentials: { clientId: 'Zoë', clientSecret: 'päss:wörd €💶' },
    });

    const { response } = await client.POST(PATH, { body: BODY });

    expect(response.status).toBe(201);
    expect(seen).toEqual([{ clientId: 'Zoë', secret: 'päss:wörd €💶' }]);
  });

  it('creates once when the response to the first attempt is lost', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    let calls = 0;
    const client = createClient({
      baseUrl: `${server.url}/api`,
      credentials: CREDENTIALS,
      fetch: async (request) => {
        const response = await fetch(request);
        if (calls++ > 0) return response;
        await response.text();
        throw new TypeError('terminated');
      },
    });

    const { response } = await client.POST(PATH, { body: BODY });

    expect([response.status, calls]).toEqual([201, 2]);
    expect(response.headers.get('Idempotency-Replayed')).toBe('true');
  });
});

describe('the requests of the client', () => {
  it('send JSON to the path below the base URL, with credentials, version and idempotency key', async () => {
    const { client, requests } = clientWith([json(201, CREATED)], { baseUrl: 'https://api.test/api/' });

    await client.POST(PATH, { body: BODY, headers: { traceparent: '00-1' } });

    const [request] = requests;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe('https://api.test/api/customer-organizations');
    expect(await request?.json()).toEqual(BODY);
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      authorization: 'Basic a2V5OnNlY3JldA==',
      'content-type': 'application/json',
      'sequence-version': '2024-07-30',
      'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
      traceparent: '00-1',
      'user-agent': 'customer-organizations-contract (2024-07-30)',
    });
  });

  it('omit cookies and browser credentials unless a call sets `credentials`', async () => {
    const { client, requests } = clientWith([json(201, CREATED), json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY, credentials: 'include' });

    expect(requests.map(({ credentials }) => credentials)).toEqual(['omit', 'include']);
  });

  it('have a new idempotency key for each call', async () => {
    const { client, keys } = clientWith([json(201, CREATED), json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY });

    expect(new Set(keys()).size).toBe(2);
  });

  it('have a valid idempotency key where crypto.randomUUID is missing, as on pages without TLS', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, keys } = clientWith([json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });

    expect(keys()[0]).toMatch(/^\d+(?:-\d+){3}$/);
  });

  it.each([
    [{ params: { header: { 'Idempotency-Key': 'mine' } } }],
    [{ headers: { 'idempotency-key': 'mine' } }],
    [{ headers: new Headers({ 'Idempotency-Key': 'mine' }) }],
    [{ headers: [['IDEMPOTENCY-KEY', 'mine']] as [string, string][] }],
    [{ headers: new Map([['Idempotency-Key', 'mine']]) as never }],
    [{ headers: { 'Idempotency-Key': 'mine', 'X-Other': undefined, 'X-Null': null } }],
  ])("have the caller's idempotency key: %o", async (init) => {
    const { client, keys } = clientWith([
      errorResponse(503, 'Unavailable', { 'Retry-After': '0' }),
      json(201, CREATED),
    ]);

    await client.POST(PATH, { body: BODY, ...init });

    expect(keys()).toEqual(['mine', 'mine']);
  });

  it.each([
    [
      'a colon in the client ID',
      { credentials: { ...CREDENTIALS, clientId: 'a:b' } },
      /`clientId` option must not contain a colon/,
    ],
    ['a line break in the secret', { credentials: { ...CREDENTIALS, clientSecret: 'secret\n' } }, /control characters/],
    [
      'an empty client ID',
      { credentials: { ...CREDENTIALS, clientId: '' } },
      /`clientId` and `clientSecret` options are required/,
    ],
    ['no base URL', { baseUrl: '' }, /`baseUrl` option is required/],
    ['unlimited retries', { retries: Number.POSITIVE_INFINITY }, /`retries` option must be an integer from 0 to 10/],
    ['a base URL with a query', { baseUrl: 'https://api.test/api?x=1' }, /no query and no fragment, but is "https/],
    ['a base URL with a fragment', { baseUrl: '/api#x' }, /no query and no fragment/],
    ['a base URL with an empty query', { baseUrl: '/api?' }, /no query and no fragment/],
    ['no time', { timeoutMs: 0 }, /`timeoutMs` option must be from 1 to/],
    ['a time that is not a number', { timeoutMs: Number.NaN }, /`timeoutMs` option must be/],
    ['a wait that is not a number', { maxRetryWaitMs: Number.NaN }, /`maxRetryWaitMs` option must be/],
  ])('are rejected at creation of the client with %s', (_, options, message) => {
    expect(() => clientWith([], options)).toThrow(message);
  });
});

describe('the retries of the client', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** The outcome of the call, and its waits between requests in milliseconds. Waits of zero are not listed. */
  async function waitsOf(call: Promise<unknown>) {
    const waits: number[] = [];
    let settled = false;
    const outcome = call
      .catch((error: unknown) => error)
      .finally(() => {
        settled = true;
      });
    await vi.advanceTimersByTimeAsync(0);
    while (!settled) {
      const before = Date.now();
      await vi.advanceTimersToNextTimerAsync();
      waits.push(Date.now() - before);
    }
    return { outcome: await outcome, waits };
  }

  it('follow network errors, with the same key and exponential backoff', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => void vi.restoreAllMocks());
    const { client, keys } = clientWith([
      new TypeError('fetch failed'),
      new TypeError('fetch failed'),
      json(201, CREATED),
    ]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 }, data: CREATED });
    expect(waits).toEqual([250, 500]);
    expect(keys()).toHaveLength(3);
    expect(new Set(keys()).size).toBe(1);
  });

  it('follow a response whose body is interrupted', async () => {
    const interrupted = new Response(
      new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }),
    );
    const { client, requests } = clientWith([interrupted, json(201, CREATED)]);

    const { outcome } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 } });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['seconds', 429, { 'Retry-After': '7' }, [7_000]],
    ['zero seconds', 503, { 'Retry-After': '0' }, []],
    [
      'a date, relative to the Date of the response',
      503,
      { Date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'Retry-After': 'Sun, 06 Nov 1994 08:49:42 GMT' },
      [5_000],
    ],
    [
      'a date of RFC 850',
      503,
      { Date: 'Sunday, 06-Nov-94 08:49:37 GMT', 'Retry-After': 'Sunday, 06-Nov-94 08:49:42 GMT' },
      [5_000],
    ],
    [
      'a date of RFC 850 beyond the turn of the century',
      503,
      { Date: 'Fri, 31 Dec 1999 23:59:58 GMT', 'Retry-After': 'Saturday, 01-Jan-00 00:00:00 GMT' },
      [2_000],
    ],
    [
      'a date of asctime',
      503,
      { Date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'Retry-After': 'Sun Nov  6 08:49:42 1994' },
      [5_000],
    ],
    ['a date in the past', 503, { 'Retry-After': 'Sun, 06 Nov 1994 08:49:42 GMT' }, []],
  ])('wait for the time in Retry-After: %s', async (_, status, headers, expected) => {
    const { client } = clientWith([errorResponse(status, 'Unavailable', headers), json(201, CREATED)]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 201 } });
    expect(waits).toEqual(expected);
  });

  it('wait for a date relative to the local clock when the response has no Date', async () => {
    vi.setSystemTime('2026-01-01T00:00:00Z');
    const { client } = clientWith([
      errorResponse(503, 'Unavailable', { 'Retry-After': 'Thu, 01 Jan 2026 00:00:03 GMT' }),
      json(201, CREATED),
    ]);

    const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(waits).toEqual([3_000]);
  });

  it.each([
    'soon',
    '-1',
    '1.5',
    '',
    'Tomorrow',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 46 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:49:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('back off by 125 to 375 ms when Retry-After is %j', async (value) => {
    const { client } = clientWith([errorResponse(429, 'RateLimited', { 'Retry-After': value }), json(201, CREATED)]);

    const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(125);
    expect(waits[0]).toBeLessThanOrEqual(375);
  });

  it('stop when Retry-After exceeds the limit, and return the response', async () => {
    const { client, requests } = clientWith([errorResponse(429, 'RateLimited', { 'Retry-After': '99999999999' })]);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 429 }, error: { error: { type: 'RateLimited' } } });
    expect(waits).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('stop after two, and return the last response', async () => {
    const refusals = Array.from({ length: 3 }, () => errorResponse(503, 'Unavailable', { 'Retry-After': '1' }));
    const { client, requests } = clientWith(refusals);

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status: 503 }, error: { error: { type: 'Unavailable' } } });
    expect(waits).toEqual([1_000, 1_000]);
    expect(requests).toHaveLength(3);
  });

  it.each([[errorResponse(503, 'Unavailable', { 'Retry-After': '1' })], [new TypeError('fetch failed')]])(
    'are off with `retries: 0`: %o',
    async (step) => {
      const { client, requests } = clientWith([step], { retries: 0 });

      const { waits } = await waitsOf(client.POST(PATH, { body: BODY }));

      expect(waits).toEqual([]);
      expect(requests).toHaveLength(1);
    },
  );

  it.each<[number, string]>([
    [400, 'InvalidRequest'],
    [401, 'Unauthorized'],
    [409, 'IdempotencyKeyReused'],
    [413, 'PayloadTooLarge'],
    [415, 'UnsupportedMediaType'],
    [500, 'InternalError'],
  ])('do not follow %i', async (status, type) => {
    const { client, requests } = clientWith([errorResponse(status, type)]);

    const { outcome } = await waitsOf(client.POST(PATH, { body: BODY }));

    expect(outcome).toMatchObject({ response: { status }, error: { error: { type, message: 'No.' } } });
    expect(requests).toHaveLength(1);
  });

  it('are not waited for when the signal aborts with the response', async () => {
    const controller = new AbortController();
    const client = createClient({
      ...{ baseUrl: 'https://api.test/api', credentials: CREDENTIALS },
      fetch: async () => {
        controller.abort(new Error('Enough.'));
        return errorResponse(503, 'Unavailable', { 'Retry-After': '30' });
      },
    });

    const { outcome, waits } = await waitsOf(client.POST(PATH, { body: BODY, signal: controller.signal }));

    expect(outcome).toMatchObject({ name: 'NetworkError', reason: 'abort', attempts: 1, cause: new Error('Enough.') });
    expect(waits).toEqual([]);
  });

  it('stop when the signal aborts during a wait', async () => {
    const controller = new AbortController();
    const { client, requests } = clientWith([errorResponse(503, 'Unavailable', { 'Retry-After': '30' })]);
    const call = client.POST(PATH, { body: BODY, signal: controller.signal }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);

    controller.abort(new Error('Enough.'));

    expect(await call).toMatchObject({ name: 'NetworkError', reason: 'abort', cause: new Error('Enough.') });
    expect(requests).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a call without a response', () => {
  it('rejects with NetworkError, its attempts and its cause', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((settle) => closed.once('listening', settle));
    const { port } = closed.address() as AddressInfo; // It listens on a port.
    await new Promise((settle) => closed.close(settle));
    const client = createClient({
      baseUrl: `http://127.0.0.1:${port}/api`,
      credentials: CREDENTIALS,
      retries: 1,
    });

    const error = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      message:
        `No response to POST http://127.0.0.1:${port}/api/customer-organizations after 2 attempts: ` +
        `connect ECONNREFUSED 127.0.0.1:${port}`,
      attempts: 2,
      reason: 'refused',
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cause: expect.any(TypeError),
    });
  });

  it('rejects with NetworkError and the reason of the signal when it aborts before or during the request', async () => {
    const unresponsive = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((settle) => unresponsive.once('listening', settle));
    onTestFinished(() => unresponsive.closeAllConnections());
    onTestFinished(() => void unresponsive.close());
    const { port } = unresponsive.address() as AddressInfo; // It listens on a port.
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}/api`, credentials: CREDENTIALS });

    const late = client.POST(PATH, { body: BODY, signal: AbortSignal.timeout(50) });
    const before = client.POST(PATH, { body: BODY, signal: AbortSignal.abort(new Error('Not now.')) });
    const reasons = (await Promise.allSettled([late, before])).map((each) => 'reason' in each && each.reason);

    expect(reasons).toMatchObject([
      { name: 'NetworkError', reason: 'timeout', attempts: 1, cause: { name: 'TimeoutError' } },
      { name: 'NetworkError', reason: 'abort', attempts: 0, cause: new Error('Not now.') },
    ]);
  });
});

describe('a response that does not match the contract', () => {
  it.each([
    [
      'the HTML of a proxy',
      () => text(502, '<h1>Bad Gateway</h1>', 'text/html'),
      '502 with text/html, which does not match the contract. Check the base URL. Body: <h1>Bad Gateway</h1>',
    ],
    ['HTML as success', () => text(201, '<h1>Log in</h1>', 'text/html'), '201 with text/html'],
    ['a truncated success', () => text(201, '{"id":', 'application/json'), '201 with application/json'],
    ['an empty success', () => new Response(null, { status: 201 }), '201 without a body'],
    [
      'an empty success with Content-Length: 0',
      () => new Response('', { status: 201, headers: { 'Content-Length': '0' } }),
      '201 without a body',
    ],
    ['an empty error', () => new Response(null, { status: 500 }), '500 without a body'],
    ['the error of a gateway', () => json(401, { message: 'Forbidden' }), '401 with application/json'],
    ['null as error', () => json(400, null), '400 with application/json'],
    ['an undeclared error status', () => errorResponse(418, 'Teapot'), '418 with application/json'],
    ['an undeclared success status', () => json(200, CREATED), '200 with application/json'],
    ['a very long body', () => text(500, 'x'.repeat(1_000_000), 'text/plain'), `${'x'.repeat(200)}…`],
    ['text as success', () => json(201, 'done'), '201 with application/json'],
    ['a number as success', () => json(201, 5), '201 with application/json'],
    ['null as success', () => json(201, null), '201 with application/json'],
    ['text as error', () => json(400, 'no'), '400 with application/json'],
  ])('rejects with UnexpectedResponse: %s', async (_, respond, message) => {
    const expected = respond();
    const { client, keys } = clientWith([respond()]);

    const error = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

    if (!(error instanceof UnexpectedResponse)) throw error;
    expect(error.message).toContain(message);
    expect(error.message).toContain('POST https://api.test/api/customer-organizations returned');
    expect(error.message.length).toBeLessThan(500);
    expect(error.status).toBe(expected.status);
    expect([error.idempotencyKey]).toEqual(keys());
  });

  it('is retried when its status is 503', async () => {
    const { client, requests } = clientWith([
      new Response('busy', { status: 503, headers: { 'Retry-After': '0' } }),
      json(201, CREATED),
    ]);

    const { response } = await client.POST(PATH, { body: BODY });

    expect([response.status, requests.length]).toEqual([201, 2]);
  });

  it.each([
    [404, 'NotFound'],
    [405, 'MethodNotAllowed'],
  ])('yields the declared error for %i, a fallback response', async (status, type) => {
    const { client } = clientWith([errorResponse(status, type)]);

    expect(await client.POST(PATH, { body: BODY })).toMatchObject({ response: { status }, error: { error: { type } } });
  });
});
