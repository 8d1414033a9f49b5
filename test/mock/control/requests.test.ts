// The requests that a mock has received: `mock.requests` and `mock.waitForRequest`.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { Journal } from '../../../mock/core/journal/journal.ts';
import { exchange, PATH } from '../../support/http/http.ts';
import { create, mock, OWNER, origin, shareMock, start, useShared, VALID } from './controlled-mock.ts';

shareMock();

describe('mock.requests', () => {
  beforeEach(useShared);

  it('lists received requests with their responses, oldest first, and without secrets', async () => {
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
  ] as const)('has all of a large body that was rejected, sent %s', async (_, headers, encode) => {
    const body = { ownerId: OWNER, memberIds: Array.from({ length: 20_000 }, (_each, index) => `${index}`) };

    const { status } = await create({ headers, body: encode(JSON.stringify(body)) });

    expect(status).toBe(400);
    expect(mock.requests.at(-1)?.body).toEqual(body);
    expect(mock.requests.at(-1)?.violations).toHaveLength(100);
  });

  it.each(['__proto__', 'constructor', 'unknown', 'memberIds'])(
    'has all of a small body that was rejected for its property %s',
    async (name) => {
      for (const value of ['{"x":[{"y":1}]}', '[[1],{"z":"2"}]', '"text"']) {
        const body = `{"ownerId":"${OWNER}","memberIds":[],"${name}":${value}}`.replace('"memberIds":[],"mem', '"mem');

        const { status } = await create({ body });

        expect(status).toBe(400);
        expect(JSON.stringify(mock.requests.at(-1)?.body)).toBe(body);
      }
    },
  );

  it('has no body of a large request that is not JSON', async () => {
    await create({ body: '['.repeat(50_000) });

    expect(mock.requests.at(-1)).toMatchObject({ body: undefined, response: { status: 400 } });
  });

  it('does not change when a reader changes a request', async () => {
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

    // Not allowed by the type.
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
    const waiting = mock.waitForRequest(predicate as () => boolean); // Not allowed by the type.
    const rejected = expect(waiting).rejects.toThrow(
      new TypeError('The predicate must not be async: it must return true or false.'),
    );
    expect((await create()).status).toBe(201);

    await rejected;
    await expect(mock.waitForRequest(predicate as () => boolean)).rejects.toThrow(TypeError); // Not of this type.
  });

  it('rejects an async function before a request arrives', async () => {
    const predicate = (async () => false) as unknown as () => boolean; // Not allowed by the type.

    await expect(mock.waitForRequest(predicate)).rejects.toThrow('must not be async');
  });

  it('resolves with a received request when the time-out is 0', async () => {
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

  it('rejects after the time-out with the received requests', async () => {
    await create();

    await expect(mock.waitForRequest(() => false, { timeoutMs: 20 })).rejects.toThrow(
      `No such request within 20 ms. There were: POST ${PATH} 201.`,
    );
  });

  it('rejects when the predicate throws, and still responds to the request', async () => {
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
