// The checks of the edge before the body: routes, methods, credentials and version, and the headers of each response.
import type { RequestHandler, Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchangeOf } from '../../server/edge/exchange/exchange.ts';
import { methodsBeside } from '../support/contract/operation.ts';
import { DEMO, exchange, PATH, send, type TestRequest } from '../support/http/http.ts';
import { startEdge } from '../support/targets.ts';
import { echo, messageOf, shareEdge, typeOf, VALID } from './echo-edge.ts';

const { ask, url } = shareEdge();
const basic = (credentials: string | Buffer) => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('every response', () => {
  it.each([
    ['a success', { body: VALID }, 201],
    ['an error', { body: {} }, 400],
    ['an unknown route', { path: '/api/nowhere' }, 404],
  ] satisfies [string, TestRequest, number][])('has a version and a request ID: %s', async (_, sent, status) => {
    const [first, second] = [await ask(sent), await ask(sent)];

    expect(first.status).toBe(status);
    expect(first.headers['sequence-version']).toBe('2024-07-30');
    expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
    expect(first.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(first.headers).not.toHaveProperty('x-powered-by');
  });
});

describe('a response of middleware', () => {
  it.each([
    ["by Node's own writeHead", (response: Response) => response.writeHead(202, { 'X-Own': 'yes' }).end('done')],
    [
      'by Node, header by header',
      (response: Response) => response.setHeader('X-Own', 'yes').writeHead(202).end('done'),
    ],
    ['by Express', (response: Response) => response.status(202).set('X-Own', 'yes').send('done')],
  ])('has a version and a request ID when it is written %s', async (_, write) => {
    const { url, close } = await startEdge({}, { middleware: (_request, response) => void write(response) });
    onTestFinished(close);

    const { status, headers } = await exchange(url, { path: '/other' });

    expect([status, headers['x-own'], headers['sequence-version']]).toEqual([202, 'yes', '2024-07-30']);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a response that is written', () => {
  it.each([
    ['a rejection', { ownerId: 1 }],
    ['a create', VALID],
  ])('no longer holds body and response, which a client may never read: %s', async (_, body) => {
    const written: Response[] = [];
    const middleware: RequestHandler = (_request, response, next) => {
      written.push(response);
      next();
    };
    const { url, close } = await startEdge(echo, { middleware });
    onTestFinished(close);

    await send(url, { body });

    const [exchange] = written.map(exchangeOf);
    expect(exchange?.parts.body).toBeUndefined();
    expect(() => exchange?.result).toThrow('returned no response');
  });
});

describe('routes and methods', () => {
  it.each([
    '/',
    '/api',
    '/customer-organizations',
    `${PATH}/`,
    PATH.toUpperCase(),
    `/api${PATH}`,
    `${PATH}/1/2`,
    '/api/%zz',
  ])('returns 404 for %s', async (path) => {
    const response = await ask({ path, body: VALID });

    expect(response.status).toBe(404);
    expect(typeOf(response)).toBe('NotFound');
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((method) => !methodsBeside.includes(method)))(
    'returns 405 with Allow for %s',
    async (method) => {
      const response = await ask({ method });

      expect(response.status).toBe(405);
      expect(typeOf(response)).toBe('MethodNotAllowed');
      expect(response.headers.allow).toBe(methodsBeside.join(', '));
    },
  );
});

describe('a request', () => {
  it('is accepted when its target has scheme and host (RFC 9112, section 3.2.2)', async () => {
    const response = await exchange(url(), {
      path: `http://example.com${PATH}`,
      headers: { authorization: DEMO, 'content-type': 'application/json' },
      body: VALID,
    });

    expect(response.status).toBe(201);
  });

  it('is accepted when its expectation is unknown (RFC 9110, section 10.1.1)', async () => {
    const response = await ask({ headers: { expect: 'unknown' }, body: VALID });

    expect(response.status).toBe(201);
  });

  it('is a preflight only with OPTIONS and the headers of a preflight', async () => {
    const open = await startEdge(echo, { corsOrigins: '*' });
    onTestFinished(() => open.close());
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' };

    const [plain, asked] = [
      await send(open.url, { method: 'OPTIONS' }),
      await exchange(open.url, { method: 'OPTIONS', headers: preflight }),
    ];

    expect(plain.status).toBe(405);
    expect(plain.headers['access-control-allow-origin']).toBe('*');
    expect(asked.status).toBe(204);
    expect(asked.headers['sequence-version']).toBe('2024-07-30');
    expect(asked.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    // RFC 9110, section 8.6.
    expect(asked.headers).not.toHaveProperty('content-length');
  });
});

describe('credentials (RFC 7617)', () => {
  it.each([
    ['as usual', DEMO],
    ['with the scheme in lower case', DEMO.replace('Basic', 'basic')],
    ['with the scheme in upper case', DEMO.replace('Basic', 'BASIC')],
    ['with several spaces', DEMO.replace(' ', '   ')],
    ['in UTF-8', basic('schlüssel:gehëim€')],
    ['with colons in the secret', basic('key:a:b:c')],
    ['with an empty secret', basic('key:')],
    ['with an empty client ID', basic(':secret')],
  ])('are accepted %s', async (_, authorization) => {
    const response = await ask({ headers: { authorization }, body: VALID });

    expect(response.status).toBe(201);
  });

  it.each([
    ['are missing', []],
    ['are empty', ''],
    ['are a scheme alone', 'Basic'],
    ['are of another scheme', 'Bearer notbasic'],
    ['only contain the word', 'Bearer Basic a2V5OnNlY3JldA=='],
    ['are not Base64', 'Basic key:secret'],
    ['are Base64 with rubbish', 'Basic a2V5OnNl!Y3JldA=='],
    ['are Base64 without padding', 'Basic a2V5OnNlY3JldA'],
    ['are Base64 with a loose end', 'Basic a2V5OnNlY3JldB=='],
    ['have no colon', basic('keysecret')],
    ['are not UTF-8', basic(Buffer.from([0x6b, 0x3a, 0xff]))],
    ['have a control character', basic('key:sec\nret')],
    ['are followed by more', `${DEMO} x`],
    ['are wrong', basic('key:wrong')],
  ])('return 401 with a challenge when they %s', async (_, authorization) => {
    const response = await ask({ headers: { authorization }, body: VALID });

    expect(response.status).toBe(401);
    expect(typeOf(response)).toBe('Unauthorized');
    expect(response.headers['www-authenticate']).toBe('Basic realm="customer-organizations", charset="UTF-8"');
  });
});

describe('Sequence-Version', () => {
  it('is accepted when it exists', async () => {
    const response = await ask({ headers: { 'Sequence-Version': '2024-07-30' }, body: VALID });

    expect(response.status).toBe(201);
  });

  it.each([
    ['does not exist', '2023-01-01'],
    ['is empty', ''],
    ['is repeated', ['2024-07-30', '2024-07-30']],
    ['is very long', 'x'.repeat(5000)],
  ])('returns 400 when it %s', async (_, version) => {
    const response = await ask({ headers: { 'Sequence-Version': version }, body: VALID });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('UnrecognisedApiVersion');
    expect(messageOf(response)).toContain('Use 2024-07-30');
  });
});

describe('the order of checks', () => {
  /** A request with every error, which is corrected step by step. */
  const steps: [string, TestRequest][] = [
    [
      'NotFound',
      {
        path: '/api/nowhere',
        method: 'PUT',
        headers: { authorization: '', 'Sequence-Version': '1', 'content-type': 'text/plain' },
        body: '{'.repeat(2_000_000),
      },
    ],
    ['MethodNotAllowed', { path: PATH }],
    ['Unauthorized', { method: 'POST' }],
    [
      'RateLimited',
      { headers: { authorization: basic('limited:secret'), 'Sequence-Version': '1', 'content-type': 'text/plain' } },
    ],
    ['UnrecognisedApiVersion', { headers: { 'Sequence-Version': '1', 'content-type': 'text/plain' } }],
    ['UnsupportedMediaType', { headers: { 'content-type': 'text/plain' } }],
    ['PayloadTooLarge', { headers: { 'Idempotency-Key': 'two words' } }],
    ['MalformedJson', { body: '{' }],
    ['InvalidRequest', { body: VALID }],
    ['IdempotencyKeyReused', { headers: {} }],
  ];

  it('is that of the contract', async () => {
    const { ApiError } = await import('../../server/edge/errors.ts');
    const limited = await startEdge(
      {
        createCustomerOrganization: async () => {
          throw new ApiError('IdempotencyKeyReused');
        },
      },
      {
        limit: ({ clientId }) => {
          if (clientId === 'limited') throw new ApiError('RateLimited', { headers: { 'Retry-After': 1 } });
        },
      },
    );
    const responses: unknown[] = [];

    let sent: TestRequest = {};
    for (const [, corrected] of steps) {
      sent = { ...sent, ...corrected };
      responses.push(typeOf(await send(limited.url, sent)));
    }
    await limited.close();

    expect(responses).toEqual(steps.map(([type]) => type));
  });
});

describe('malformed HTTP', () => {
  it('returns 400 in the error format when the header is larger than 16 KiB', async () => {
    const response = await exchange(url(), { headers: { authorization: DEMO, 'x-long': 'x'.repeat(20_000) } });

    expect(response.status).toBe(400);
    expect(messageOf(response)).toBe('The header of the request is larger than 16 KiB.');
    expect(response.headers['sequence-version']).toBe('2024-07-30');
  });
});
