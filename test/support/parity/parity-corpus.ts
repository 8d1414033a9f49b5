// The parity corpus: requests to which server and mock must respond alike. Covers every kind of client error, every
// header, and unusual media types, methods, paths and encodings.
import { PATH, type TestRequest } from '../http/http.ts';
import { escapedPaths, similarPaths } from '../http/similar-paths.ts';
import { BASIC, BODIES, type Case, cases, each, MEMBER, OTHER, OWNER, TEXT, VALID } from './parity-bodies.ts';

const withHeader = (name: string) => (value: string | string[]) => ({ body: VALID, headers: { [name]: value } });

const valid = [
  ...cases('valid', {
    'as published': { body: { ownerId: OWNER, memberIds: [MEMBER, OWNER] } },
    'no members': { body: { ownerId: OTHER, memberIds: [] } },
    'all sample customers': { body: { ownerId: OWNER, memberIds: [OTHER, MEMBER] } },
    'only the owner as a member': { body: { ownerId: OWNER, memberIds: [OWNER] } },
    'repeated members': { body: { ownerId: OWNER, memberIds: [OTHER, MEMBER, OTHER, MEMBER] } },
    'upper case': { body: { ownerId: OWNER.toUpperCase(), memberIds: [MEMBER.toUpperCase(), MEMBER] } },
    'ten thousand members': { body: { ownerId: OWNER, memberIds: Array(10_000).fill(MEMBER) } },
    'white space': { body: `\r\n\t ${JSON.stringify(VALID, null, 4)}\n\n` },
    'other order of properties': { body: { memberIds: [MEMBER], ownerId: OWNER } },
    'escapes in names': { body: TEXT.replace('owner', '\\u006fwner') },
    'a repeated property': { body: `{"ownerId":"x",${TEXT.slice(1)}` },
    'a byte order mark': { body: Buffer.from(`\uFEFF${TEXT}`) },
    chunked: { body: VALID, chunked: true },
    'an empty query': { path: `${PATH}?`, body: VALID },
    'Expect: 100-continue': { body: VALID, headers: { expect: '100-continue' } },
    'an unknown Expect': { body: VALID, headers: { expect: 'malformed' } },
    'an Origin': { body: VALID, headers: { origin: 'https://app.example.com' } },
  }),
  ...each('Accept', ['*/*', 'text/html', 'application/xml;q=1, */*;q=0', 'malformed', ''], withHeader('accept')),
];

const idempotent = [
  ...cases('Idempotency-Key', {
    first: { body: VALID, headers: { 'idempotency-key': 'a' } },
    repeated: { body: VALID, headers: { 'idempotency-key': 'a' } },
    'repeated with an equivalent body': {
      body: ` {"memberIds":["${MEMBER.toUpperCase()}"],"ownerId":"${OWNER}"}`,
      headers: { 'idempotency-key': 'a' },
    },
    'with another body': { body: { ...VALID, memberIds: [] }, headers: { 'idempotency-key': 'a' } },
    'with a repeated member': { body: { ...VALID, memberIds: [MEMBER, MEMBER] }, headers: { 'idempotency-key': 'a' } },
    'rejected, so not consumed': { body: { ...VALID, memberIds: 1 }, headers: { 'idempotency-key': 'b' } },
    'after a rejection': { body: VALID, headers: { 'idempotency-key': 'b' } },
  }),
  ...each(
    'Idempotency-Key',
    ['', ' ', 'two words', 'ümlaut', '\t', 'x'.repeat(255), 'x'.repeat(256), '!~"\\', ['c', 'd']],
    withHeader('idempotency-key'),
  ),
];

const versions = each(
  'Sequence-Version',
  [
    '2024-07-30',
    '2023-01-01',
    '',
    ' 2024-07-30 ',
    '2024-7-30',
    'newest',
    'x'.repeat(5000),
    ['2024-07-30', '2024-07-30'],
  ],
  withHeader('sequence-version'),
);

const mediaTypes = [
  ...each(
    'Content-Type',
    [
      [],
      '',
      'application/json',
      'APPLICATION/JSON',
      'application/json;charset=utf-8',
      'application/json; charset="UTF-8"',
      'application/json; charset=utf8',
      'application/json; charset=latin1',
      'application/json; charset=utf-16',
      'application/json; charset=',
      'application/json; x=1',
      'application/json;',
      'application/json, text/plain',
      'application/problem+json',
      'application/vnd.api+json',
      'application/jsonp',
      'text/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      '*/*',
      'application/*',
      'json',
      '/',
      ';',
    ],
    withHeader('content-type'),
  ),
];

const credentials = each(
  'Authorization',
  [
    [],
    '',
    'Basic',
    'Basic ',
    'Bearer token',
    'Basic key:secret',
    'Basic a2V5OnNlY3JldA',
    'Basic a2V5c2VjcmV0',
    `${BASIC} x`,
    `${BASIC}, ${BASIC}`,
    'Digest username="key"',
    'Basic /w==',
    'basic a2V5OnNlY3JldA==',
    'BASIC   a2V5OnNlY3JldA==',
  ],
  withHeader('authorization'),
);

const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const routes = [
  ...each('method', methods, (method: string) => ({ method })),
  ...each('method on an unknown path', ['GET', 'HEAD', 'OPTIONS'], (method: string) => ({
    method,
    path: '/api/unknown',
  })),
  ...each(
    'path',
    [
      // `/` is left out, because it is the reference site, which the browser mock lacks.
      ...similarPaths(PATH),
      `${PATH}/1`,
      `${PATH}.json`,
      ...escapedPaths(PATH),
      '/api/%zz',
      '/%00',
      '/%F0%9F%92%A9',
      '/__proto__',
      `/${'x'.repeat(4000)}`,
      'http://example.com/api/customer-organizations',
    ],
    (path: string) => ({ path, body: VALID }),
  ),
  ...each(
    'query',
    ['x=1', 'ownerId=1', 'x', 'x=1&x=2', 'a[b]=1', '[x]=1', '%zz', 'x=1&y=2', '__proto__=1', '?', '_code=201'],
    (query: string) => ({ path: `${PATH}?${query}`, body: VALID }),
  ),
];

const preflight = (headers: Record<string, string>): TestRequest => ({ method: 'OPTIONS', headers });
const crossOrigin = cases('preflight', {
  'for POST': preflight({ origin: 'https://a.example', 'access-control-request-method': 'POST' }),
  'with headers': preflight({
    origin: 'https://a.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,prefer',
  }),
  'without an origin': preflight({ 'access-control-request-method': 'POST' }),
  'for another method': preflight({ origin: 'https://a.example', 'access-control-request-method': 'DELETE' }),
});

/** Several errors at once: the first failed check decides the response. */
const combined = cases('order of checks', {
  'path before method': { method: 'GET', path: '/api/x' },
  'credentials before version': { body: VALID, headers: { authorization: [], 'sequence-version': 'x' } },
  'version before media type': { body: VALID, headers: { 'sequence-version': 'x', 'content-type': 'text/plain' } },
  'media type before size': { body: TEXT.padEnd(1_048_577), headers: { 'content-type': 'text/plain' } },
  'size before JSON': { body: '{'.padEnd(1_048_577) },
  'JSON before the contract': { path: `${PATH}?x=1`, body: '{', headers: { 'idempotency-key': '' } },
  'several contract violations': { path: `${PATH}?x=1`, body: { z: 1 }, headers: { 'idempotency-key': 'ü' } },
});

export const CORPUS: readonly Case[] = [
  ...valid,
  ...idempotent,
  ...versions,
  ...BODIES,
  ...mediaTypes,
  ...credentials,
  ...routes,
  ...crossOrigin,
  ...combined,
];

/** Requests that only the server rejects: the mock accepts any credentials and customers. */
export const EXCEPTIONS: readonly (Case & { server: number })[] = [
  { name: 'wrong credentials', sent: { body: VALID, headers: { authorization: 'Basic a2V5Ondyb25n' } }, server: 401 },
  { name: 'an unknown client', sent: { body: VALID, headers: { authorization: 'Basic bm9ib2R5Ong=' } }, server: 401 },
  { name: 'an unknown owner', sent: { body: { ...VALID, ownerId: crypto.randomUUID() } }, server: 400 },
  { name: 'an unknown member', sent: { body: { ...VALID, memberIds: [crypto.randomUUID()] } }, server: 400 },
];

/** Bytes that are not valid HTTP requests. */
export const MALFORMED_HTTP: readonly (readonly [name: string, text: string])[] = [
  ['a bare word', 'invalid\r\n\r\n'],
  ['an unknown HTTP version', `POST ${PATH} HTTP/9.9\r\n\r\n`],
  ['a too large header', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['two Content-Length headers', `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`],
  ['a Content-Length that is not a number', `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n`],
  ['no Host', `POST ${PATH} HTTP/1.1\r\nConnection: close\r\n\r\n`],
  ['a target for OPTIONS only', 'POST * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
];
