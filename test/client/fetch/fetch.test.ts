// The client with another `fetch`, and its parts used separately.
import createFetchClient from 'openapi-fetch';
import { describe, expect, it, vi } from 'vitest';
import { createFetch, createMiddleware, NetworkError } from '../../../openapi/client/index.ts';
import { type TestedPaths, versionHeaders } from '../../support/contract/tested-version.ts';
import { BASIC, BODY, CREATED, CREDENTIALS, caught, clientWith, PATH, startOwnMock } from '../test-client.ts';

describe('a custom `fetch`', () => {
  it.each([
    ['a RangeError', () => new Array(-1)],
    ['a ReferenceError', () => Reflect.get(globalThis, 'eval')('missing')],
    ['a call of what is no function', () => Reflect.apply(undefined as unknown as () => void, undefined, [])],
    ['a property of undefined', () => (undefined as unknown as Request).url],
  ])('is not called again when it fails with %s, and its error is thrown', async (_, fail) => {
    const { client, requests } = clientWith({}, async () => {
      fail();
      return new Response();
    });

    const error = await caught(client.POST(PATH, { body: BODY }));

    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NetworkError);
    expect(requests).toHaveLength(1);
  });

  it.each([[undefined], [null], [{}], ['ok'], [{ status: 201 }]])(
    'makes the call reject when it resolves with %j',
    async (value) => {
      const { client, requests } = clientWith({}, async () => value as unknown as Response); // Not allowed by the type.

      await expect(client.POST(PATH, { body: BODY })).rejects.toThrow(
        /^The `fetch` option must return a Response, not /,
      );
      expect(requests).toHaveLength(1);
    },
  );

  it.each(['Failed to fetch', 'fetch failed', 'Load failed', 'NetworkError when attempting to fetch resource.', 'x'])(
    'is called again when it rejects with the TypeError %j',
    async (message) => {
      const outcomes = [() => Promise.reject(new TypeError(message)), async () => Response.error()];
      const { client, requests } = clientWith({ maxRetryWaitMs: 1 }, async () => {
        const next = outcomes.shift();
        return next ? next() : Response.json(CREATED, { status: 201 });
      });

      const { response } = await client.POST(PATH, { body: BODY });

      expect([response.status, requests.length]).toEqual([201, 3]);
    },
  );

  it('is not called with a request whose body has been read', async () => {
    const [send, onAttempt] = [vi.fn(fetch), vi.fn()];
    const request = new Request('https://api.test/', { method: 'PUT', body: 'x' });
    await request.text();

    await expect(createFetch({ fetch: send, onAttempt })(request)).rejects.toThrow(
      new TypeError('The body is used already.'),
    );
    expect([send, onAttempt].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });
});

describe('the parts of the client', () => {
  it('work in a client of openapi-fetch', async () => {
    const mock = await startOwnMock();
    mock.next({ networkError: true });
    const client = createFetchClient<TestedPaths>({ baseUrl: mock.url, headers: versionHeaders, fetch: createFetch() });
    client.use(createMiddleware({ credentials: CREDENTIALS }));

    const { data } = await client.POST(PATH, { body: BODY });

    expect(data?.owner.id).toBe(BODY.ownerId);
    expect(mock.requests.map(({ headers }) => headers['idempotency-key']?.length)).toEqual([36, 36]);
  });

  it('accept a URL and options for `createFetch`, and send a POST without a key once', async () => {
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
