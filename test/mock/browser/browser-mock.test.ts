// The mock as a function: parity with the server, the controls, and its end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import { createBrowserMock } from '../../../mock/browser/index.ts';
import { createClient } from '../../support/contract/tested-version.ts';
import { exchange, PATH, validateResponse } from '../../support/http/http.ts';
import {
  comparable,
  compareBrowserMock,
  expressibleShare,
  receive,
  toRequest,
} from '../../support/parity/browser-parity.ts';
import { startSqliteServer, type Target } from '../../support/targets.ts';
import { create, OWNER, VALID, withDefaults } from './create-request.ts';

const ORIGIN = 'https://app.test';

describe('server and browser mock', () => {
  let server: Target;
  beforeAll(async () => {
    server = await startSqliteServer();
  });
  afterAll(() => server.close());

  it('return the same responses, which conform', { timeout: 120_000 }, async () => {
    const { differences } = await compareBrowserMock({
      url: server.url,
      mock: createBrowserMock(),
      prepare: withDefaults,
      validate: validateResponse,
    });

    expect(differences).toEqual([]);
    expect(expressibleShare).toBeGreaterThan(0.9);
  });

  it('list the same violations of a body with more than a response lists', async () => {
    const mock = createBrowserMock();
    const bodies = [
      { ownerId: 'x', memberIds: Array(500).fill('y') },
      { ownerId: OWNER, memberIds: Array(10_001).fill(null) },
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`property${index}`, index])),
    ];

    for (const body of bodies) {
      const request = withDefaults({ body });
      const fromMock = await receive(await mock.fetch(toRequest(request)));
      expect(comparable(fromMock)).toEqual(comparable(await exchange(server.url, request)));
    }
  });
});

describe('createBrowserMock', () => {
  const idOf = async (response: Response) => {
    const body: unknown = await response.json();
    return Object(body).id;
  };

  it('is the fetch of a client', async () => {
    const { fetch } = createBrowserMock({ customers: [{ id: OWNER, name: 'Acme' }] });
    const client = createClient({
      baseUrl: `${ORIGIN}/api`,
      credentials: { clientId: 'key', clientSecret: 'secret' },
      fetch,
    });

    const { data, error } = await client.POST('/customer-organizations', { body: VALID });

    expect(error).toBeUndefined();
    expect(data?.owner).toEqual({ id: OWNER, name: 'Acme' });
  });

  it('queues scenarios and records requests as the mock server does', async () => {
    const mock = createBrowserMock();
    mock.next('RateLimited');

    const limited = await create(mock);
    const created = await create(mock);

    expect([limited.status, limited.headers.get('Retry-After'), created.status]).toEqual([429, '2', 201]);
    expect(await limited.json()).toEqual(examples.createCustomerOrganization.responses[429].RateLimited.body);
    expect(mock.requests).toMatchObject([
      {
        method: 'POST',
        path: PATH,
        headers: { authorization: 'Basic [redacted]' },
        body: VALID,
        response: { status: 429 },
      },
      { response: { status: 201, body: { owner: { id: OWNER } } } },
    ]);
    mock.reset();
    expect(mock.requests).toEqual([]);
  });

  it('responds to a preference with the example of the contract', async () => {
    const mock = createBrowserMock();

    const byHeader = await create(mock, { headers: { prefer: 'code=503' } });
    const byQuery = await create(mock, { path: `${PATH}?__example=IdempotencyKeyReused` });
    const dynamic = await create(mock, { headers: { prefer: 'dynamic=true' } });
    const misspelled = await create(mock, { headers: { prefer: 'cod=503' } });

    expect([byHeader, byQuery, dynamic, misspelled].map(({ status }) => status)).toEqual([503, 409, 201, 400]);
  });

  it('rejects like fetch for `networkError`', async () => {
    const mock = createBrowserMock();
    mock.next({ networkError: true });

    await expect(create(mock)).rejects.toThrow(new TypeError('Failed to fetch'));
    expect(mock.requests).toMatchObject([{ body: VALID, response: null }]);
  });

  it.each([[{ hang: true }], [{ delayMs: 60_000 }]] as const)(
    'rejects with the reason of the signal for %j',
    async (directive) => {
      const mock = createBrowserMock();
      mock.next(directive);
      const controller = new AbortController();
      const request = new Request(toRequest(withDefaults({ body: VALID })), { signal: controller.signal });

      const pending = mock.fetch(request);
      const rejected = expect(pending).rejects.toThrow('Enough.');
      // The directive is consumed when the body has been read.
      await new Promise((settle) => setTimeout(settle, 50));
      controller.abort(new Error('Enough.'));

      await rejected;
    },
  );

  it.each([[undefined], [{ hang: true }], [{ delayMs: 60_000 }], [{ networkError: true }]] as const)(
    'rejects with the reason of a signal that aborts right after the call, for %j',
    async (directive) => {
      const mock = createBrowserMock();
      if (directive) mock.next(directive);
      const controller = new AbortController();
      const request = new Request(toRequest(withDefaults({ body: VALID })), { signal: controller.signal });

      const rejected = expect(mock.fetch(request)).rejects.toThrow('Enough.');
      controller.abort(new Error('Enough.'));

      await rejected;
      expect(mock.requests).toMatchObject([{ method: 'POST', response: null }]);
      mock.reset();
      expect(await idOf(await create(mock))).toBe(await idOf(await create(createBrowserMock())));
    },
  );

  it('rejects with the reason of a signal that has aborted before, and does not record the request', async () => {
    const mock = createBrowserMock();
    const request = new Request(toRequest(withDefaults({ body: VALID })), {
      signal: AbortSignal.abort(new Error('Enough.')),
    });

    await expect(mock.fetch(request)).rejects.toThrow('Enough.');
    expect(mock.requests).toEqual([]);
  });

  it('rejects when the signal aborts while the body is read', async () => {
    const mock = createBrowserMock();
    const controller = new AbortController();
    const { url, method, headers } = toRequest(withDefaults({ body: VALID }));
    const init = { method, headers, body: new ReadableStream(), signal: controller.signal, duplex: 'half' as const };

    const rejected = expect(mock.fetch(url, init)).rejects.toThrow('Enough.');
    controller.abort(new Error('Enough.'));

    await rejected;
  });

  it('accepts a URL and options, like fetch', async () => {
    const mock = createBrowserMock();
    const { method, headers } = toRequest(withDefaults({ body: VALID }));
    const init = { method, headers, body: JSON.stringify(VALID) };

    expect((await mock.fetch(ORIGIN + PATH, init)).status).toBe(201);
    expect((await mock.fetch(new URL(ORIGIN + PATH), init)).status).toBe(201);
    expect((await mock.fetch(new Request(ORIGIN + PATH), init)).status).toBe(201);
    expect((await mock.fetch(ORIGIN + PATH)).status).toBe(405);
  });

  it.each([[{ hang: true }], [{ delayMs: 60_000 }]] as const)(
    'ends a request with %j when it is reset',
    async (directive) => {
      const mock = createBrowserMock();
      mock.next(directive);
      const rejected = expect(create(mock)).rejects.toThrow('Failed to fetch');
      // The directive is consumed when the body has been read.
      await new Promise((settle) => setTimeout(settle, 50));

      mock.reset();

      await rejected;
      expect(mock.requests).toEqual([]);
    },
  );

  it('gives a request from before a reset nothing that was queued after it', async () => {
    const mock = createBrowserMock();
    const first = await idOf(await create(createBrowserMock()));
    const rejected = expect(create(mock)).rejects.toThrow('Failed to fetch');

    mock.reset();
    const id = await idOf(await create(mock));

    await rejected;
    expect(id).toBe(first);
    expect(mock.requests).toHaveLength(1);
  });

  it('accepts another base path', async () => {
    const mock = createBrowserMock({ basePath: '/backend/v1/' });
    const url = `${ORIGIN}/backend/v1/customer-organizations`;

    expect((await mock.fetch(new Request(url, toRequest(withDefaults({ body: VALID }))))).status).toBe(201);
    expect((await create(mock)).status).toBe(404);
  });

  it.each([
    ['/v1/ä', '/v1/ä', '/v1/a'],
    ['/v1/ä', '/v1/%C3%A4', '/v1/%C3'],
    ['/v1/%c3%a4', '/v1/ä', '/v1/%25c3%25a4'],
    ['/%61pi/', '/api', '/%61api'],
    ['/a%20b', '/a b', '/ab'],
    ['/a b', '/a%20b', '/ab'],
    ['/a b/ c/', '/a b/ c', '/a b/c'],
    ['/a ', '/a%20', '/a'],
    ['/a\u00a0b', '/a%C2%A0b', '/a b'],
    ['/a\u2028b', '/a\u2028b', '/ab'],
    ['/a%2Fb', '/a%2fb', '/a/b'],
    ['/a%zz', '/a%zz', '/a%ZZ'],
    ['/a/../b', '/b', '/a'],
    ['/ā€日本', '/ā€日本', '/ā€日'],
  ])('takes the base path %s for requests to %s, not to %s', async (basePath, path, other) => {
    const mock = createBrowserMock({ basePath });
    const statusAt = async (base: string) => {
      const init = toRequest(withDefaults({ body: VALID }));
      return (await mock.fetch(new Request(`${ORIGIN}${base}/customer-organizations`, init))).status;
    };

    expect(await statusAt(path)).toBe(201);
    expect(await statusAt(other)).toBe(404);
    expect(await statusAt(`${path}x`)).toBe(404);
    expect(await statusAt('')).toBe(404);
  });
});
