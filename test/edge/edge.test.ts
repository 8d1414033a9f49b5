// The edge in front of simple handlers: which requests it accepts, which it rejects, and with which messages.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { RequestHandler, Response } from 'express';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Handlers } from '../../generated/operations.ts';
import { exchangeOf } from '../../server/edge/exchange.ts';
import type { Context } from '../../server/edge/options.ts';
import { methodsBeside } from '../support/contract/operation.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { DEMO, exchange, gzipBomb, PATH, send, type TestRequest, type TestResponse } from '../support/http/http.ts';
import { startEdge, type Target } from '../support/targets.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const VALID = { ownerId: OWNER, memberIds: [] };

/** Responses with an organization of the request's own IDs. */
const echo: Partial<Handlers<Context>> = {
  createCustomerOrganization: async ({ body }) => ({
    status: 201,
    body: organizationWith({
      owner: { id: body.ownerId.toLowerCase(), name: 'Owner' },
      members: body.memberIds.map((id) => ({ id: id.toLowerCase(), name: 'Member' })),
    }),
  }),
};

let target: Target;
beforeAll(async () => {
  target = await startEdge(echo, {
    authenticate: ({ clientId, secret }) => (secret === 'wrong' ? undefined : { account: 'account', clientId }),
  });
});
afterAll(() => target.close());

const ask = (sent: TestRequest) => send(target.url, sent);
const basic = (credentials: string | Buffer) => `Basic ${Buffer.from(credentials).toString('base64')}`;
const typeOf = ({ body }: TestResponse) => (body as { error?: { type: string } }).error?.type;
const messageOf = ({ body }: TestResponse) => (body as { error: { message: string } }).error.message;
const detailsOf = ({ body }: TestResponse) =>
  (body as { error: { details: { in: string; pointer: string; message: string }[] } }).error.details;

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
    ['a refusal', { ownerId: 1 }],
    ['a create', VALID],
  ])('holds no values of body and response any more, which a client may never read: %s', async (_, body) => {
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
    const response = await exchange(target.url, {
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

describe('the media type', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON; x=1',
    'application/json; x="; y=1; y=\\"2"; z=1',
  ])('is accepted: %s', async (type) => {
    const response = await ask({ headers: { 'content-type': type }, body: VALID });

    expect(response.status).toBe(201);
  });

  it.each([
    ['missing', []],
    ['empty', ''],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['another JSON', 'application/problem+json'],
    ['a longer name', 'application/jsonp'],
    ['a wildcard', 'application/*'],
    ['a list', 'application/json, application/json'],
    ['in another charset', 'application/json; charset=iso-8859-1'],
    ['in UTF-16', 'application/json; charset=utf-16'],
    ['in two charsets', 'application/json;charset=utf-8;charset=latin1'],
    ['in two charsets, one quoted', 'application/json; charset="utf-8" ;CHARSET=utf-8'],
    ['with another parameter twice', 'application/json; x=1; charset=utf-8; X="2"'],
    ['no media type', ';;;'],
  ])('returns 415 when it is %s', async (_, type) => {
    const response = await ask({ headers: { 'content-type': type }, body: VALID });

    expect(response.status).toBe(415);
    expect(typeOf(response)).toBe('UnsupportedMediaType');
  });

  // RFC 9110, sections 8.4.1 and 12.5.3.
  it.each([
    'compress',
    'x-compress',
    'gzip, gzip',
    'gzip,br',
    'gzip br',
    'identity, gzip',
    'br2',
    'x-br',
    'gzip;q=1',
    '*',
  ])('returns 415 with Accept-Encoding when the Content-Encoding is %s', async (coding) => {
    const response = await ask({ headers: { 'content-encoding': coding }, body: VALID });

    expect(response.status).toBe(415);
    expect(typeOf(response)).toBe('UnsupportedMediaType');
    expect(messageOf(response)).toBe(
      'The Content-Encoding of the body is not supported. Use one of gzip, deflate, br, zstd, or none.',
    );
    expect(response.headers['accept-encoding']).toBe('gzip, deflate, br, zstd');
  });

  it('returns 415 without Accept-Encoding when the media type is the reason', async () => {
    const response = await ask({
      headers: { 'content-type': 'text/plain', 'content-encoding': 'compress' },
      body: VALID,
    });

    expect(response.status).toBe(415);
    expect(response.headers).not.toHaveProperty('accept-encoding');
  });
});

describe('the size of the body', () => {
  const filled = (bytes: number) => JSON.stringify(VALID).padEnd(bytes, ' ');

  it('may be 1 MiB', async () => {
    const response = await ask({ body: filled(1_048_576) });

    expect(response.status).toBe(201);
  });

  it('accepts 10,000 members', async () => {
    const memberIds = Array.from(
      { length: 10_000 },
      (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    );

    const response = await ask({ body: { ownerId: OWNER, memberIds } });

    expect(response.status).toBe(201);
  });

  it.each([
    ['announced', { body: filled(1_048_577) }],
    ['sent in chunks', { body: filled(1_048_577), chunked: true }],
    ['a gzip bomb', { body: gzipBomb(100), headers: { 'content-encoding': 'gzip' } }],
  ] satisfies [string, TestRequest][])('returns 413 when it is larger: %s', async (_, sent) => {
    const response = await ask(sent);

    expect(response.status).toBe(413);
    expect(typeOf(response)).toBe('PayloadTooLarge');
  });

  it.each([
    ['gzip', gzipSync],
    ['GZip', gzipSync],
    ['x-gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['gzip,', gzipSync],
    [' , ,gzip\t,', gzipSync],
    ['identity', Buffer.from],
    ['', Buffer.from],
    [',', Buffer.from],
  ])('accepts a body with the Content-Encoding %j', async (coding, compress) => {
    const response = await ask({ body: compress(JSON.stringify(VALID)), headers: { 'content-encoding': coding } });

    expect(response.status).toBe(201);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('returns 400 when the body is not valid %s', async (coding) => {
    const response = await ask({ body: JSON.stringify(VALID), headers: { 'content-encoding': coding } });

    expect(typeOf(response)).toBe('MalformedJson');
    expect(messageOf(response)).toBe(`The body is not valid ${coding}.`);
  });

  // One stream is the whole body: RFC 9110, section 8.4.1; RFC 7932; RFC 8878. Gzip alone may have several members.
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('returns 400 when there are bytes after the end of %s', async (coding, compress) => {
    const stream = compress(JSON.stringify(VALID));
    const rest = ['{}', '\0', Buffer.alloc(1000, 0xff), Buffer.alloc(60_000), ...(coding === 'gzip' ? [] : [stream])];
    for (const each of rest) {
      const body = Buffer.concat([stream, Buffer.from(each)]);

      const response = await ask({ body, headers: { 'content-encoding': coding } });

      expect([response.status, typeOf(response)]).toEqual([400, 'MalformedJson']);
      expect(messageOf(response)).toBe(`The body is not valid ${coding}.`);
    }
  });
});

describe('JSON', () => {
  it.each(['', gzipSync('')])(
    'returns InvalidRequest for a body that is empty, compressed or not (%#)',
    async (body) => {
      const headers: Record<string, string> = body === '' ? {} : { 'content-encoding': 'gzip' };

      const response = await ask({ body, headers });

      expect(response.status).toBe(400);
      expect(typeOf(response)).toBe('InvalidRequest');
    },
  );

  it.each([
    ['a comma too many', '{"ownerId": "a",}', 'line 1, column 17 (offset 16)'],
    ['an open object', '{', 'line 1, column 2 (offset 1)'],
    ['an error on the third line', '{\n  "ownerId": "a",\n  memberIds: []\n}', 'line 3, column 3 (offset 22)'],
    ['a bare word', 'garbage', 'line 1, column 1 (offset 0)'],
    ['a single quote', "{'a': 1}", 'line 1, column 2 (offset 1)'],
    ['white space alone', '  ', 'line 1, column 3 (offset 2)'],
    ['a comment', '/* a */ {}', 'line 1, column 1 (offset 0)'],
    ['text after the end', '{} {}', 'line 1, column 4 (offset 3)'],
    ['an array that is never closed, 500,000 deep', '['.repeat(500_000), 'line 1, column 500001 (offset 500000)'],
    ['a number with a leading zero', '{"a": 01}', 'line 1, column 8 (offset 7)'],
    ['a bad escape', '{"a": "\\x"}', 'line 1, column 7 (offset 6)'],
    ['a control character in a string', '{"a": "\t"}', 'line 1, column 7 (offset 6)'],
  ])('returns 400 with the location when it has %s', async (_, body, location) => {
    const response = await ask({ body });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('MalformedJson');
    expect(messageOf(response)).toContain(`not valid JSON at ${location}`);
  });

  it('returns 400 with the offset when it is not UTF-8', async () => {
    const response = await ask({
      body: Buffer.concat([Buffer.from('{"ownerId": "ü'), Buffer.from([0xff]), Buffer.from('"}')]),
    });

    expect(typeOf(response)).toBe('MalformedJson');
    expect(messageOf(response)).toBe('The body is not UTF-8 at byte 15.');
  });

  it('is accepted when it begins with a byte order mark', async () => {
    const response = await ask({ body: `\uFEFF${JSON.stringify(VALID)}` });

    expect(response.status).toBe(201);
  });

  it('keeps the last of two equal names, as RFC 8259 leaves open', async () => {
    const response = await ask({ body: `{"ownerId": 1, "memberIds": [], "ownerId": "${OWNER}"}` });

    expect(response.status).toBe(201);
  });
});

describe('query parameters', () => {
  const details = (name: string) => [
    {
      in: 'query',
      pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      message: `Unknown query parameter ${JSON.stringify(name)}. None is known here.`,
    },
  ];

  it.each([
    ['x', '?x'],
    ['x', '?x='],
    ['', '?='],
    ['', '?=1'],
    ['[x]', '?[x]=1'],
    ['[x]', '?%5Bx%5D=1'],
    ['[x][y]', '?[x][y]=1'],
    ['[]', '?[]=1'],
    ['[', '?['],
    [']', '?]=1'],
    ['.', '?.=1'],
    [';', '?;=1'],
    [' ', '?+=1'],
    ['#', '?%23=1'],
    ['a/b~c', '?a/b~c'],
    ['\u0000', '?%00'],
    ['%zz', '?%zz'],
    ['é', '?%C3%A9'],
    ['__proto__', '?__proto__=1'],
    ['__proto__[x]', '?__proto__[x]=1'],
    ['constructor[x]', '?constructor[x]'],
    ['a[b]', '?a[b]=1'],
    ['a[', '?a[=1'],
    ['a]', '?a]=1'],
    ['a[b', '?a[b=1'],
    ['ownerId[]', '?ownerId[]=1'],
    ['constructor', '?constructor'],
    ['hasOwnProperty', '?hasOwnProperty=1'],
  ])('return 400 with the name when it is unknown: %j', async (name, query) => {
    const response = await ask({ path: PATH + query, body: VALID });

    expect(response.status).toBe(400);
    expect(detailsOf(response)).toEqual(details(name));
  });

  it('return 400 with their number and the first 100', async () => {
    const names = Array.from({ length: 1500 }, (_, index) => `a${index}`);

    const response = await ask({ path: `${PATH}?${names.join('&')}`, body: VALID });

    expect(response.status).toBe(400);
    expect(messageOf(response)).toBe('The request has 1,500 violations. The first 100 are in details.');
    expect(detailsOf(response).map(({ pointer }) => pointer)).toEqual(names.slice(0, 100).map((name) => `/${name}`));
  });

  it('return 400 after thousands of empty ones', async () => {
    const response = await ask({ path: `${PATH}?${'&'.repeat(5000)}a=1`, body: VALID });

    expect(detailsOf(response).map(({ pointer }) => pointer)).toEqual(['/a']);
  });

  it.each(['?', '?&', '?&&'])('are absent in %s', async (query) => {
    const response = await ask({ path: PATH + query, body: VALID });

    expect(response.status).toBe(201);
  });
});

describe('the contract', () => {
  it('returns all violations at once, each with its location and a sentence', async () => {
    const response = await ask({
      path: `${PATH}?page=1`,
      headers: { 'Idempotency-Key': 'two words' },
      body: { 'owner/Id~': OWNER, memberIds: [1, 'x', [[[]]], null, OWNER.slice(1), `urn:uuid:${OWNER}`] },
    });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('InvalidRequest');
    expect(messageOf(response)).toBe('The request has 10 violations. See details.');
    expect(detailsOf(response)).toEqual([
      { in: 'query', pointer: '/page', message: 'Unknown query parameter "page". None is known here.' },
      { in: 'header', pointer: '/Idempotency-Key', message: 'Must match the regular expression ^[!-~]+$' },
      { in: 'body', pointer: '/ownerId', message: 'Required, but missing.' },
      { in: 'body', pointer: '/owner~1Id~0', message: 'Unknown property "owner/Id~". Known here: ownerId, memberIds.' },
      { in: 'body', pointer: '/memberIds/0', message: 'Must be a string, but is a number.' },
      { in: 'body', pointer: '/memberIds/1', message: `Must be a UUID, such as ${OWNER}.` },
      { in: 'body', pointer: '/memberIds/2', message: 'Must be a string, but is an array.' },
      { in: 'body', pointer: '/memberIds/3', message: 'Must be a string, but is null.' },
      { in: 'body', pointer: '/memberIds/4', message: `Must be a UUID, such as ${OWNER}.` },
      { in: 'body', pointer: '/memberIds/5', message: `Must be a UUID, such as ${OWNER}.` },
    ]);
  });

  it.each([
    ['no body', undefined, '', 'Required, but missing.'],
    ['an empty body', '', '', 'Required, but missing.'],
    ['null', 'null', '', 'Must be an object, but is null.'],
    ['an array', '[]', '', 'Must be an object, but is an array.'],
    ['a number', '7', '', 'Must be an object, but is a number.'],
    [
      '__proto__',
      `{"ownerId":"${OWNER}","memberIds":[],"__proto__":{"a":1}}`,
      '/__proto__',
      'Unknown property "__proto__". Known here: ownerId, memberIds.',
    ],
    [
      'constructor',
      `{"ownerId":"${OWNER}","memberIds":[],"constructor":1}`,
      '/constructor',
      'Unknown property "constructor". Known here: ownerId, memberIds.',
    ],
    [
      '10,001 members',
      { ownerId: OWNER, memberIds: Array(10_001).fill(OWNER) },
      '/memberIds',
      'Must have at most 10,000 items, but has 10,001.',
    ],
    [
      'nesting 100,000 deep',
      `{"ownerId":"${OWNER}","memberIds":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '/memberIds/0',
      'Must be a string, but is an array.',
    ],
    [
      'a property name of 500,000 characters',
      { ...VALID, ['x'.repeat(500_000)]: 1 },
      '',
      `Unknown property "${'x'.repeat(100)}…". Known here: ownerId, memberIds.`,
    ],
  ])('returns 400 for %s', async (_, body, pointer, message) => {
    const response = await ask({ body });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('InvalidRequest');
    expect(messageOf(response)).toBe('The request has one violation. See details.');
    expect(detailsOf(response)).toEqual([{ in: 'body', pointer, message }]);
  });

  it.each([
    ['is empty', '', 'Must have at least 1 character, but has 0.'],
    ['has 256 characters', 'k'.repeat(256), 'Must have at most 255 characters, but has 256.'],
    ['is repeated', ['a', 'b'], 'Must match the regular expression ^[!-~]+$'],
    ['is not ASCII', 'kéy', 'Must match the regular expression ^[!-~]+$'],
  ])('returns 400 when the Idempotency-Key %s', async (_, key, message) => {
    const response = await ask({ headers: { 'Idempotency-Key': key }, body: VALID });

    expect(response.status).toBe(400);
    expect(detailsOf(response)).toEqual([{ in: 'header', pointer: '/Idempotency-Key', message }]);
  });

  it('ignores Accept', async () => {
    const response = await ask({ headers: { accept: 'text/html' }, body: VALID });

    expect(response.status).toBe(201);
  });
});

describe('the order of checks', () => {
  /** A request that is wrong in every respect, mended step by step. */
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
    for (const [, mended] of steps) {
      sent = { ...sent, ...mended };
      responses.push(typeOf(await send(limited.url, sent)));
    }
    await limited.close();

    expect(responses).toEqual(steps.map(([type]) => type));
  });
});

describe('malformed HTTP', () => {
  it('returns 400 in the error format when the header is larger than 16 KiB', async () => {
    const response = await exchange(target.url, { headers: { authorization: DEMO, 'x-long': 'x'.repeat(20_000) } });

    expect(response.status).toBe(400);
    expect(messageOf(response)).toBe('The header of the request is larger than 16 KiB.');
    expect(response.headers['sequence-version']).toBe('2024-07-30');
  });
});
