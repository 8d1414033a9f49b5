// The request bodies of the parity corpus: invalid, malformed and encoded ones, and functions that make cases.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { gzipBomb, type TestRequest } from '../http/http.ts';

export interface Case {
  name: string;
  sent: TestRequest;
}

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
export const OTHER = 'e06f36e2-0a44-404d-bdbc-b66a292609b0';
export const VALID = { ownerId: OWNER, memberIds: [MEMBER] };
export const TEXT = JSON.stringify(VALID);
export const BASIC = 'Basic a2V5OnNlY3JldA==';

export const cases = (group: string, all: Record<string, TestRequest>): Case[] =>
  Object.entries(all).map(([name, sent]) => ({ name: `${group}: ${name}`, sent }));

/** Makes a case for each of these values. */
export const each = (group: string, values: readonly unknown[], make: (value: never) => TestRequest): Case[] =>
  // Each list has the type that its function accepts.
  values.map((value, index) => ({ name: `${group} ${index + 1}: ${describe(value)}`, sent: make(value as never) }));

const describe = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 60);
const bodies = each(
  'body',
  [
    {},
    [],
    [VALID],
    null,
    true,
    0,
    'text',
    { ownerId: OWNER },
    { memberIds: [] },
    { ...VALID, members: [] },
    { ...VALID, 'a/b~c': 1, '': 2, __proto__x: 3 },
    { owner_id: OWNER, memberIds: [] },
    { ...VALID, ownerId: null },
    { ...VALID, ownerId: 5 },
    { ...VALID, ownerId: '' },
    { ...VALID, ownerId: 'unknown' },
    { ...VALID, ownerId: `urn:uuid:${OWNER}` },
    { ...VALID, ownerId: `{${OWNER}}` },
    { ...VALID, ownerId: `${OWNER} ` },
    { ...VALID, ownerId: `${OWNER}\n` },
    { ...VALID, ownerId: OWNER.replaceAll('-', '') },
    { ...VALID, ownerId: [OWNER] },
    { ...VALID, ownerId: { id: OWNER } },
    { ...VALID, memberIds: null },
    { ...VALID, memberIds: MEMBER },
    { ...VALID, memberIds: { 0: MEMBER } },
    { ...VALID, memberIds: [null] },
    { ...VALID, memberIds: [MEMBER, 'x', 1, [], {}] },
    { ...VALID, memberIds: [[MEMBER]] },
    { ...VALID, memberIds: Array(10_001).fill(MEMBER) },
    { ownerId: 'x', memberIds: ['y'], z: 1 },
  ],
  (body: unknown) => ({ body: JSON.stringify(body) }),
);

const malformed = each(
  'malformed',
  [
    '{',
    '}',
    '{]',
    '{"ownerId":}',
    `{'ownerId':'${OWNER}'}`,
    `${TEXT}x`,
    `${TEXT}${TEXT}`,
    TEXT.slice(0, -1),
    TEXT.replace('}', ',}'),
    `// ${TEXT}`,
    `{"ownerId":"\u0001"}`,
    '{"ownerId":"\\x"}',
    'NaN',
    'undefined',
    ' ',
    '\uFEFF',
    '<xml/>',
    `${'['.repeat(5000)}`,
    `ownerId=${OWNER}`,
  ],
  (body: string) => ({ body }),
);

const bytes = cases('bytes', {
  'no body': {},
  'an empty body': { body: '' },
  'an empty body, chunked': { body: '', chunked: true },
  'not UTF-8': { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
  'UTF-16': { body: Buffer.from(`\uFEFF${TEXT}`, 'utf16le') },
  'a NUL': { body: Buffer.from([0]) },
  'exactly 1 MiB': { body: TEXT.padEnd(1_048_576) },
  'one byte more': { body: TEXT.padEnd(1_048_577) },
  'one byte more, chunked': { body: TEXT.padEnd(1_048_577), chunked: true },
});

const encoded = (encoding: string | string[], body: Buffer): TestRequest => ({
  body,
  headers: { 'content-encoding': encoding },
});
const encodings = cases('Content-Encoding', {
  gzip: encoded('gzip', gzipSync(TEXT)),
  'GZIP in upper case': encoded('GZIP', gzipSync(TEXT)),
  deflate: encoded('deflate', deflateSync(TEXT)),
  br: encoded('br', brotliCompressSync(TEXT)),
  identity: encoded('identity', Buffer.from(TEXT)),
  'invalid gzip': encoded('gzip', Buffer.from(TEXT)),
  'truncated gzip': encoded('gzip', gzipSync(TEXT).subarray(0, 20)),
  'invalid br': encoded('br', Buffer.from(TEXT)),
  'gzip of two members': encoded('gzip', Buffer.concat([gzipSync(TEXT.slice(0, 9)), gzipSync(TEXT.slice(9))])),
  'gzip before other bytes': encoded('gzip', Buffer.concat([gzipSync(TEXT), Buffer.from('junk')])),
  'gzip in a list': encoded('gzip, ', gzipSync(TEXT)),
  'empty elements': encoded(', ,', Buffer.from(TEXT)),
  'gzip of gzip': encoded('gzip, gzip', gzipSync(gzipSync(TEXT))),
  compress: encoded('compress', Buffer.from(TEXT)),
  unknown: encoded('unknown', Buffer.from(TEXT)),
  'a zip bomb': encoded('gzip', gzipBomb(20)),
  'an invalid body inside': encoded('gzip', gzipSync('{}')),
});

export const BODIES: readonly Case[] = [...bodies, ...malformed, ...bytes, ...encodings];
