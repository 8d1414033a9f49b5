// The controls of startMock: scenarios, the journal, customers and credentials.
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { examples, type ScenarioName } from '../../generated/examples.ts';
import { Journal } from '../../mock/core/journal.ts';
import type { NextRequest } from '../../mock/core/scenario-queue.ts';
import { type Mock, type MockOptions, startMock } from '../../mock/start.ts';
import { exchange, PATH, send, type TestRequest, type TestResponse } from '../support/http/http.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const VALID = { ownerId: OWNER, memberIds: [MEMBER] };

let mock: Mock;
let origin: string;

async function start(options: MockOptions = {}) {
  mock = await startMock({ port: 0, ...options });
  origin = new URL(mock.url).origin;
  onTestFinished(() => mock.close());
}

/** One mock for all tests that need no option: starting one compiles every schema. */
let shared: Mock;
beforeAll(async () => {
  shared = await startMock({ port: 0 });
});
afterAll(() => shared.close());

function useShared() {
  shared.reset();
  mock = shared;
  origin = new URL(mock.url).origin;
}

const create = (sent: TestRequest = {}) => send(origin, { body: VALID, ...sent });
const statusesOf = async (count: number) => {
  const statuses = [];
  for (let index = 0; index < count; index++) statuses.push((await create()).status);
  return statuses;
};
const typeOf = ({ body }: TestResponse) => (body as { error?: { type: string } }).error?.type;
const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => 'responded',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );

describe('mock.next', () => {
  beforeEach(useShared);

  it('gives the next valid requests what was queued, first in, first out', async () => {
    mock.next('RateLimited');
    mock.next('Unavailable', { times: 2 });
    mock.next('publishedResponse');

    expect(await statusesOf(5)).toEqual([429, 503, 503, 201, 201]);
  });

  it.each(
    Object.entries(examples.createCustomerOrganization.responses).flatMap(([status, named]) =>
      Object.entries(named).map(([name, { body }]) => [name, Number(status), body] as const),
    ),
  )('returns the example %s with its status and body', async (name, status, body) => {
    mock.next({ example: name as ScenarioName }); // `Object.entries` forgets the names.

    const response = await create();

    expect(response.status).toBe(status);
    expect(response.body).toEqual(body);
  });

  it('leaves the queue alone for a request that breaks the contract, and for one with a preference', async () => {
    mock.next('RateLimited');

    expect(typeOf(await create({ body: {} }))).toBe('InvalidRequest');
    expect(typeOf(await create({ headers: { authorization: [] } }))).toBe('Unauthorized');
    expect(typeOf(await create({ headers: { prefer: 'code=503' } }))).toBe('Unavailable');
    expect((await exchange(origin, { path: '/api/unknown' })).status).toBe(404);
    expect(await statusesOf(2)).toEqual([429, 201]);
  });

  it('delays a response of its own, or a queued one', async () => {
    mock.next({ delayMs: 200 });
    mock.next('RateLimited', { delayMs: 200 });

    for (const status of [201, 429]) {
      const startedMs = performance.now();
      expect((await create()).status).toBe(status);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(199);
    }
  });

  it('resets the connection for `networkError`, and creates nothing', async () => {
    const { id: firstId } = (await create()).body as { id: string };
    mock.reset();
    mock.next({ networkError: true });

    expect(await failed(create())).toBe('ECONNRESET');
    expect((await create()).body).toHaveProperty('id', firstId);
  });

  it('gives no response for `hang` until the mock is reset', async () => {
    mock.next({ hang: true });

    const pending = failed(create());
    const { response } = await mock.waitForRequest(({ body }) => body !== undefined);

    expect(response).toBeNull();
    mock.reset();
    expect(await pending).toBe('ECONNRESET');
  });

  it('ends delayed requests when the mock is reset, whose IDs start again', async () => {
    const first = (await create()).body;
    mock.reset();
    mock.next({ delayMs: 60_000 });
    const both = [failed(create()), failed(create())];
    // When one of them has its response, the other has taken what was queued.
    await Promise.race(both);

    mock.reset();

    expect((await Promise.all(both)).sort()).toEqual(['ECONNRESET', 'responded']);
    expect((await create()).body).toHaveProperty('id', (first as { id: string }).id);
  });

  it('closes while requests hang', async () => {
    await start();
    mock.next({ hang: true });
    const pending = failed(create());
    await mock.waitForRequest();

    await mock.close();

    expect(await pending).toBe('ECONNRESET');
  });

  it.each<[unknown, RegExp]>([
    [{ scenario: 'RateLimted' }, /no scenario "RateLimted"\. There are: asPublished, .*RateLimited/],
    [{ example: 'x' }, /no scenario "x"/],
    [{ scenario: 5 }, /no scenario 5/],
    [{ scenario: 'RateLimited', example: 'Unavailable' }, /must not name different examples/],
    [{ scenario: 'RateLimited', tims: 2 }, /no option "tims"\. Known here: scenario, example, times/],
    [{ scenario: 'RateLimited', times: 0 }, /`times` option must be an integer from 1 to 10,000, not 0/],
    [{ scenario: 'RateLimited', times: '2' }, /`times`/],
    [{ delayMs: 60_001 }, /`delayMs` option must be an integer from 0 to 60,000, not 60001/],
    [{ delayMs: Number.NaN }, /not NaN/],
    [{ delayMs: Number.POSITIVE_INFINITY }, /not Infinity/],
    [{ delayMs: null }, /not null/],
    [{ delayMs: undefined }, /is required/],
    [{ scenario: null }, /no scenario null/],
    [{ scenario: 'x'.repeat(60_000) }, /no scenario "x{60}…"/],
    [{ networkError: 'yes' }, /`networkError` option must be true or false, not "yes"/],
    [{ networkError: true, hang: true }, /exclude each other/],
    [{ networkError: true, scenario: 'RateLimited' }, /there is no response/],
    [{ times: 2 }, /One of the options .* is required/],
    [{}, /is required/],
    [[], /must be an object/],
    [null, /must be an object/],
  ])('rejects %j, and queues nothing', async (options, message) => {
    expect(() => mock.next(options as { delayMs: number })).toThrow(message); // Not what the type allows.
    expect((await create()).status).toBe(201);
  });

  it('names a BigInt as it is written', () => {
    const options: object = { delayMs: 5n };

    expect(() => mock.next(options as { delayMs: number })).toThrow(/not 5n\.$/); // Not what the type allows.
  });

  it.each<[unknown[], RegExp]>([
    [['RateLimited', 5], /options must be an object, not 5/],
    [['RateLimited', null], /options must be an object, not null/],
    [['RateLimited', 'Unavailable'], /options must be an object/],
    [['RateLimited', { scenario: 'Unavailable' }], /stands in the first argument/],
    [['RateLimited', { example: 'Unavailable' }], /must not name different examples/],
    [[{ scenario: 'RateLimited' }, { times: 2 }], /stands in the first argument/],
    [[undefined], /no scenario|is required/],
    [[5], /no scenario 5/],
  ])('rejects the arguments %j, and queues nothing', async (args, message) => {
    expect(() => Reflect.apply(mock.next, mock, args)).toThrow(message);
    expect((await create()).status).toBe(201);
  });

  it('does not compile with an unknown scenario or option', () => {
    // @ts-expect-error It is called RateLimited.
    expect(() => mock.next('RateLimted')).toThrow('no scenario');
    // @ts-expect-error It is called Unavailable.
    expect(() => mock.next({ example: 'Unavailble' })).toThrow('no scenario');
    // @ts-expect-error It is called times.
    expect(() => mock.next('RateLimited', { count: 2 })).toThrow('no option');
  });

  it('does not compile with options that exclude each other, or with none', () => {
    // @ts-expect-error There is nothing to do.
    expect(() => mock.next({})).toThrow('is required');
    // @ts-expect-error The same.
    expect(() => mock.next({ times: 2 })).toThrow('is required');
    // @ts-expect-error The same.
    expect(() => mock.next({ hang: false, networkError: false })).toThrow('is required');
    // @ts-expect-error The connection is reset or not.
    expect(() => mock.next({ hang: true, networkError: true })).toThrow('exclude each other');
    // @ts-expect-error There is no response.
    expect(() => mock.next('RateLimited', { hang: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next('RateLimited', { networkError: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next({ scenario: 'RateLimited', hang: true })).toThrow('no response');
    // @ts-expect-error The same.
    expect(() => mock.next({ example: 'RateLimited', networkError: true })).toThrow('no response');
    // @ts-expect-error Two names.
    expect(() => mock.next({ scenario: 'RateLimited', example: 'Unavailable' })).toThrow('different examples');
    // @ts-expect-error Two names.
    expect(() => mock.next('RateLimited', { example: 'Unavailable' })).toThrow('different examples');
    // @ts-expect-error The scenario is the first argument.
    expect(() => mock.next('RateLimited', { scenario: 'RateLimited' })).toThrow('first argument');
  });

  it('compiles with what a request can get', () => {
    const name: ScenarioName = 'RateLimited';
    const requests: NextRequest<ScenarioName>[] = [
      { scenario: name },
      { example: name, times: 2, delayMs: 0 },
      { delayMs: 5, times: undefined, hang: false, networkError: undefined },
      { hang: true, times: 2 },
      { networkError: true, delayMs: 5, scenario: undefined },
    ];

    for (const request of requests) expect(() => mock.next(request)).not.toThrow();
    expect(() => mock.next(name, { times: 3, delayMs: 1, hang: false })).not.toThrow();
  });
});

describe('mock.requests', () => {
  beforeEach(useShared);

  it('lists what has arrived with the responses, oldest first, and without secrets', async () => {
    await create({ headers: { cookie: 'session=1', 'x-trace': 'a' } });
    await create({ path: `${PATH}?x=1`, body: { ownerId: OWNER } });
    await create({ body: '{' });
    await exchange(origin, { method: 'GET', path: '/api/unknown' });

    expect(mock.requests).toMatchObject([
      {
        method: 'POST',
        path: PATH,
        query: '',
        headers: { 'x-trace': 'a', authorization: 'Basic [redacted]', cookie: '[redacted]' },
        body: VALID,
        violations: [],
        response: { status: 201, headers: { 'sequence-version': '2024-07-30' }, body: { owner: { id: OWNER } } },
      },
      {
        query: 'x=1',
        body: { ownerId: OWNER },
        violations: [
          { in: 'query', pointer: '/x' },
          { in: 'body', pointer: '/memberIds' },
        ],
        response: { status: 400 },
      },
      { body: undefined, violations: [], response: { status: 400, body: { error: { type: 'MalformedJson' } } } },
      { method: 'GET', path: '/api/unknown', response: { status: 404 } },
    ]);
    expect(JSON.stringify(mock.requests)).not.toMatch(/a2V5OnNlY3JldA|session=1/);
  });

  it('has no secrets of headers and of the query', async () => {
    const names = [
      'x-auth-token',
      'x-csrf-token',
      'cookie2',
      'set-cookie',
      'x-api-key',
      'x-goog-api-key',
      'api_secret',
    ];
    const others = ['proxy-authorization', 'x-user-password', 'x-session-id', 'x-amz-security-token', 'x-access-jwt'];
    const secrets = Object.fromEntries([...names, ...others].map((name) => [name, 'hush']));
    const query = 'access_token=hush&x=1&API%4bey=hush&password[0]=hush&token&secret=';

    await create({ path: `${PATH}?${query}`, headers: { ...secrets, 'idempotency-key': 'k', 'x-trace': 'a' } });

    const [recorded] = mock.requests;
    expect(JSON.stringify(recorded)).not.toContain('hush');
    expect(recorded?.headers).toMatchObject({ 'idempotency-key': 'k', 'x-trace': 'a', cookie2: '[redacted]' });
    expect(recorded?.query).toBe(
      'access_token=[redacted]&x=1&API%4bey=[redacted]&password[0]=[redacted]&token&secret=[redacted]',
    );
  });

  it('has the last 1,000 requests', async () => {
    const journal = new Journal();
    for (let index = 0; index < 2500; index++) {
      const entry = journal.begin('GET', `/${index}`, {});
      journal.complete(entry, undefined, null, 0);
      expect(journal.requests.length).toBe(Math.min(index + 1, 1000));
    }

    expect(journal.requests.at(0)?.path).toBe('/1500');
    expect(journal.requests.at(-1)?.path).toBe('/2499');
  });

  it.each([
    ['`delay`', { delay: 200 }, { delayMs: 0 }],
    ['`delayMs`', {}, { delayMs: 200 }],
  ])('has no response to a client that gave up during %s', async (_, options, directive) => {
    await start(options);
    mock.next(directive);
    const body = JSON.stringify(VALID);
    const head = [`POST ${PATH} HTTP/1.1`, 'Host: x', 'Authorization: Basic a2V5OnNlY3JldA=='];
    const rest = ['Content-Type: application/json', `Content-Length: ${body.length}`, '', body];
    const socket = connect(mock.port, '127.0.0.1');
    socket.end([...head, ...rest].join('\r\n'), () => socket.destroy());

    expect(await mock.waitForRequest()).toMatchObject({ method: 'POST', path: PATH, response: null });
  });

  it('leaves out preflights, the reference site and the controls', async () => {
    await exchange(origin, { method: 'GET', path: '/' });
    await exchange(origin, { method: 'GET', path: '/_mock/requests' });
    await exchange(origin, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    });

    expect(mock.requests).toEqual([]);
  });

  it('keeps the last requests, and a bounded amount of their bodies', async () => {
    for (let index = 0; index < 4; index++) await create({ body: { ...VALID, x: 'x'.repeat(1_000_000), index } });
    await create({ body: VALID });

    const indexes = mock.requests.map(({ body }) => (body as { index?: number }).index);

    expect(indexes.at(-1)).toBeUndefined();
    expect(indexes.length).toBeGreaterThan(2);
    expect(indexes.length).toBeLessThan(5);
  });

  it.each([
    ['as it is', {}, (text: string) => text],
    ['compressed', { 'content-encoding': 'gzip' }, gzipSync],
  ] as const)('has all of a large body that was refused, sent %s', async (_, headers, encode) => {
    const body = { ownerId: OWNER, memberIds: Array.from({ length: 20_000 }, (_each, index) => `${index}`) };

    const { status } = await create({ headers, body: encode(JSON.stringify(body)) });

    expect(status).toBe(400);
    expect(mock.requests.at(-1)?.body).toEqual(body);
    expect(mock.requests.at(-1)?.violations).toHaveLength(100);
  });

  it('has no body of a large request that is not JSON', async () => {
    await create({ body: '['.repeat(50_000) });

    expect(mock.requests.at(-1)).toMatchObject({ body: undefined, response: { status: 400 } });
  });

  it('does not change when a request is changed that was read from it', async () => {
    await create();
    const before = structuredClone(mock.requests);
    (mock.requests as unknown[]).pop(); // The type forbids it.

    expect(mock.requests).toEqual(before);
  });
});

describe('mock.waitForRequest', () => {
  beforeEach(useShared);

  it.each<[unknown, unknown, RegExp]>([
    [undefined, { timeoutMs: Number.POSITIVE_INFINITY }, /`timeoutMs` option .* from 0 to 3,600,000, not Infinity/],
    [undefined, { timeoutMs: 1e12 }, /`timeoutMs`/],
    [undefined, { timeoutMs: Number.NaN }, /not NaN/],
    [undefined, { timeoutMs: -1 }, /not -1/],
    [undefined, { timeoutMs: '5' }, /not "5"/],
    [undefined, { timeoutMs: null }, /not null/],
    [undefined, { timeout: 5 }, /no option "timeout"\. Known here: timeoutMs\./],
    [undefined, 5, /options must be an object, not 5/],
    [{ path: PATH }, undefined, /predicate must be a function, not an object/],
    [null, undefined, /predicate must be a function, not null/],
  ])('rejects the predicate %j with the options %j at once', async (predicate, options, message) => {
    await create();

    // Not what the types allow.
    const waiting = mock.waitForRequest(predicate as () => boolean, options as { timeoutMs: number });

    await expect(waiting).rejects.toThrow(message);
    await expect(waiting).rejects.toThrow(TypeError);
  });

  it.each<[string, unknown]>([
    ['an async function', async () => false],
    ['an async function that throws', async () => expect(1).toBe(2)],
    ['a function with a promise', () => Promise.resolve(true)],
    ['a function with a promise that rejects', () => Promise.reject(new Error('No.'))],
    ['a function with a thenable', () => Object.fromEntries([['then', () => {}]])],
    [
      'a generator function',
      function* () {
        yield false;
      },
    ],
    [
      'an async generator function',
      async function* () {
        yield false;
      },
    ],
  ])('rejects %s as predicate, whether a request has arrived or not', async (_, predicate) => {
    const waiting = mock.waitForRequest(predicate as () => boolean); // Not what the type allows.
    const rejected = expect(waiting).rejects.toThrow(
      new TypeError('The predicate must not be async: it must return true or false.'),
    );
    expect((await create()).status).toBe(201);

    await rejected;
    await expect(mock.waitForRequest(predicate as () => boolean)).rejects.toThrow(TypeError); // The same.
  });

  it('rejects an async function before a request arrives', async () => {
    const predicate = (async () => false) as unknown as () => boolean; // Not what the type allows.

    await expect(mock.waitForRequest(predicate)).rejects.toThrow('must not be async');
  });

  it('takes what has arrived with a time-out of 0', async () => {
    await create();

    expect((await mock.waitForRequest(undefined, { timeoutMs: 0 })).response?.status).toBe(201);
  });

  it('resolves with a request that has arrived, or the next one that does', async () => {
    const later = mock.waitForRequest(({ response }) => response?.status === 503);
    await create();

    expect((await mock.waitForRequest()).response?.status).toBe(201);
    mock.next('Unavailable');
    await create();
    expect((await later).response?.body).toEqual(examples.createCustomerOrganization.responses[503].Unavailable.body);
  });

  it('rejects after a time with what has arrived', async () => {
    await create();

    await expect(mock.waitForRequest(() => false, { timeoutMs: 20 })).rejects.toThrow(
      `No such request within 20 ms. There were: POST ${PATH} 201.`,
    );
  });

  it('rejects when the predicate throws, and lets the request pass', async () => {
    const waiting = mock.waitForRequest(() => {
      throw new Error('in the predicate');
    });
    const rejected = expect(waiting).rejects.toThrow('in the predicate');

    expect((await create()).status).toBe(201);
    await rejected;
  });

  it('rejects when the mock is reset', async () => {
    const rejected = expect(mock.waitForRequest()).rejects.toThrow('The mock was reset.');
    mock.reset();

    await rejected;
  });
});

describe('a mock that is closed', () => {
  it('rejects new waits and scenarios at once', async () => {
    await start();
    const waiting = expect(mock.waitForRequest()).rejects.toThrow('The mock was closed.');
    await mock.close();

    await waiting;
    await expect(mock.waitForRequest()).rejects.toThrow('The mock was closed.');
    expect(() => mock.next('RateLimited')).toThrow('The mock was closed.');
  });
});

describe('mock.reset', () => {
  it('empties queue and journal, and forgets IDs and keys', async () => {
    useShared();
    const key = { 'idempotency-key': 'k' };
    const first = (await create({ headers: key })).body as { id: string };
    mock.next('RateLimited', { times: 9 });

    mock.reset();

    expect(mock.requests).toEqual([]);
    const again = await create({ body: { ...VALID, memberIds: [] }, headers: key });
    expect([again.status, (again.body as { id: string }).id]).toEqual([201, first.id]);
  });
});

describe('the option `customers`', () => {
  const customers = [
    { id: OWNER.toUpperCase(), name: 'Acme' },
    { id: MEMBER, name: 'Beta' },
  ];

  it('makes other IDs fail as on the server, at the pointers of the request', async () => {
    await start({ customers });
    const other = 'e06f36e2-0a44-404d-bdbc-b66a292609b0';

    const known = await create();
    const unknown = await create({ body: { ownerId: other.toUpperCase(), memberIds: [MEMBER, other, OWNER] } });

    expect(known.body).toMatchObject({ owner: { id: OWNER, name: 'Acme' }, members: [{ id: MEMBER, name: 'Beta' }] });
    expect(unknown.status).toBe(400);
    expect(unknown.body).toEqual({
      error: {
        type: 'UnknownCustomers',
        message: 'The account has no customer with one of the IDs; see details.',
        details: [{ in: 'body', pointer: '/ownerId', message: `The account has no customer ${other}.` }],
      },
    });
  });

  it('does not use up an idempotency key for a request that fails', async () => {
    await start({ customers: customers.slice(0, 1) });
    const headers = { 'idempotency-key': 'k' };

    expect((await create({ headers })).status).toBe(400);
    expect((await create({ headers, body: { ...VALID, memberIds: [] } })).status).toBe(201);
  });

  it('knows nobody when it is empty', async () => {
    await start({ customers: [] });

    expect(typeOf(await create())).toBe('UnknownCustomers');
  });

  it('is rejected with a customer that lacks a name', async () => {
    const incomplete = [{ id: OWNER }] as MockOptions['customers'] & object; // Not what the type allows.

    await expect(startMock({ port: 0, customers: incomplete })).rejects.toThrow(
      /`customers\[0\]\.name` option must be a text/,
    );
  });
});

describe('the option `credentials`', () => {
  it('makes other credentials get 401', async () => {
    await start({
      credentials: [
        { clientId: 'key', clientSecret: 'secret' },
        { clientId: 'b', clientSecret: 'ü' },
      ],
    });
    const statusOf = async (text: string) => {
      const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
      return (await create({ headers: { authorization } })).status;
    };

    expect([await statusOf('key:secret'), await statusOf('b:ü')]).toEqual([201, 201]);
    for (const wrong of ['key:Secret', 'key:', 'b:secret', 'KEY:secret', 'c:x'])
      expect(await statusOf(wrong)).toBe(401);
  });
});

describe('a preference straight after the start', () => {
  it('needs no Prism', async () => {
    const worker = await import('node:worker_threads');
    const constructed = vi.spyOn(worker.default, 'Worker');
    onTestFinished(() => constructed.mockRestore());
    await start();

    expect((await create({ headers: { prefer: 'code=503, example=Unavailable' } })).status).toBe(503);
    expect(constructed).not.toHaveBeenCalled();
  });
});

describe('a connection that is reset before its response', () => {
  it('is recorded without one', async () => {
    useShared();
    const socket = connect(mock.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const head = [`POST ${PATH} HTTP/1.1`, 'Host: x', 'Authorization: Basic a2V5OnNlY3JldA==', 'Content-Length: 9'];
    socket.write([...head, 'Content-Type: application/json', 'Expect: 100-continue', '', ''].join('\r\n'));
    await once(socket, 'data');
    socket.resetAndDestroy();

    expect(await mock.waitForRequest()).toMatchObject({ method: 'POST', body: undefined, response: null });
  });
});
