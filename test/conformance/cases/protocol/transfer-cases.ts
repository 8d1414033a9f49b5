// Cases for how a request is sent: compressed, in chunks, after `100 Continue`, and on which connection.
import * as zlib from 'node:zlib';
import { type Header, resolve, responsesOf } from '../../../../openapi/model/contract.ts';
import { ACCEPTED, type Case, ERROR_TYPES, rejected, rejectedAt, type SetupRequest } from '../case.ts';
import { combineErrors } from '../combine-errors.ts';
import type { DemandName } from '../demands.ts';
import { findType, padTo, sizeLimitOf } from '../error-types.ts';
import { makeCase, type Parts, type RequestBuilder } from '../request-builder.ts';

export function deriveTransfers(builder: RequestBuilder): Case[] {
  return [...deriveSize(builder), ...deriveCodings(builder), ...deriveFraming(builder), ...deriveConnections(builder)];
}

function deriveSize(builder: RequestBuilder): Case[] {
  const { body } = builder;
  const bytes = sizeLimitOf(builder);
  const found = findType(builder, ERROR_TYPES.size);
  if (!body || !found || bytes === undefined) return [];
  const raw = (length: number) => ({ raw: padTo(JSON.stringify(body.plain), length) });
  const chunked = (length: number) => ({ ...raw(length), headers: { 'transfer-encoding': 'chunked' } });
  const make = (label: string, parts: Parts, expected: Case['expected']) =>
    makeCase(builder, 'size', found.pointer, label, parts, expected, 'size');
  return [
    make(`a body of ${bytes} bytes, the maximum`, raw(bytes), ACCEPTED),
    make(`a body of ${bytes + 1} bytes`, raw(bytes + 1), rejected('size')),
    make(`a body of ${bytes} bytes in chunks`, chunked(bytes), ACCEPTED),
    make(`a body of ${bytes + 1} bytes in chunks`, chunked(bytes + 1), rejected('size')),
    make(`a body of ${4 * bytes} bytes in chunks`, chunked(4 * bytes), rejected('size')),
  ];
}

type Compress = (bytes: Buffer) => Buffer;

const FAST_BROTLI = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } };

/** RFC 9110, section 8.4.1, and its registry. Node.js 22.12 lacks zstd. */
const COMPRESS: Record<string, Compress | undefined> = {
  gzip: (bytes) => zlib.gzipSync(bytes, { level: 1 }),
  deflate: (bytes) => zlib.deflateSync(bytes, { level: 1 }),
  br: (bytes) => zlib.brotliCompressSync(bytes, FAST_BROTLI),
  zstd: 'zstdCompressSync' in zlib ? (bytes) => zlib.zstdCompressSync(bytes) : undefined,
};

/** Caches compressed bodies, because large ones take milliseconds to compress, and are derived several times. */
const compressed = new Map<string, Buffer>();

/** The text with trailing white space, compressed. */
function compressPadded(coding: string, compress: Compress, text: string, bytes: number): Buffer {
  const key = `${coding} ${bytes} ${text}`;
  const found = compressed.get(key) ?? compress(Buffer.from(padTo(text, bytes)));
  compressed.set(key, found);
  return found;
}

/** The size of a decompression bomb, as a multiple of the maximum. */
const BOMB_FACTOR = 8;

function deriveCodings(builder: RequestBuilder): Case[] {
  const { body } = builder;
  const limit = sizeLimitOf(builder);
  if (!body) return [];
  const text = JSON.stringify(body.plain);
  return acceptedCodings(builder).flatMap((coding) => {
    const compress = COMPRESS[coding];
    // A mock may run in a browser, which cannot decompress zstd.
    if (!compress || (builder.subject.mock && coding === 'zstd')) return [];
    const make = (label: string, raw: Buffer, expected: Case['expected'], name = coding): Case =>
      makeCase(
        builder,
        'transfer',
        body.content,
        `${label} with Content-Encoding ${name}`,
        { raw, headers: { 'content-encoding': name } },
        expected,
        'codings',
      );
    const plain = compress(Buffer.from(text));
    const bounds = limit === undefined ? [] : [limit, limit + 1, BOMB_FACTOR * limit];
    return [
      make('a body', plain, ACCEPTED),
      // RFC 9110, section 8.4.1: names of codings are case-insensitive.
      make('a body', plain, ACCEPTED, coding.toUpperCase()),
      ...variantsOf(coding, plain, text).map(([label, raw]) => make(label, raw, ACCEPTED)),
      make('half of a body', plain.subarray(0, plain.length >> 1), rejected('json')),
      ...brokenOf(coding, plain).map(([label, raw]) => make(label, raw, rejected('json'))),
      ...(body.required && coding === 'gzip' ? ['', zlib.gzipSync('')] : []).map((raw) => ({
        ...make(`${raw === '' ? 'no' : 'an empty'} body`, Buffer.from(raw), rejectedAt({ in: 'body', pointer: '' })),
        demand: 'missing body' as const,
      })),
      make('malformed JSON', compress(Buffer.from(`${text}x`)), rejected('json')),
      ...bounds.map((bytes, index) => ({
        ...make(
          `a body of ${bytes} bytes`,
          compressPadded(coding, compress, text, bytes),
          index === 0 ? ACCEPTED : rejected('size'),
        ),
        demand: 'size' as const,
      })),
    ];
  });
}

/** Other forms of a coding that programs write. */
function variantsOf(coding: string, plain: Buffer, text: string): [label: string, raw: Buffer][] {
  if (coding === 'zstd')
    return [['a body of a size that is not stated', zlib.zstdCompressSync(text, { params: NO_CONTENT_SIZE })]];
  if (coding !== 'gzip') return [];
  const members = [text.slice(0, 20), text.slice(20)].map((part) => zlib.gzipSync(part));
  // The flag FNAME adds a file name after the ten bytes of the header (RFC 1952, section 2.3).
  const named = Buffer.concat([plain.subarray(0, 10).with(3, 8), Buffer.from('body.json\0'), plain.subarray(10)]);
  return [
    ['a body with the name of a file', named],
    ['a body in two members', Buffer.concat(members)],
  ];
}

/**
 * Both codings end with a checksum (RFC 1950, section 2.2, RFC 1952, section 2.3.1), which the size follows in gzip.
 */
function brokenOf(coding: string, plain: Buffer): [label: string, raw: Buffer][] {
  if (coding !== 'gzip' && coding !== 'deflate') return [];
  const index = plain.length - (coding === 'gzip' ? 5 : 1);
  return [
    ['a body without its last bytes', plain.subarray(0, -2)],
    ['a body with a wrong checksum', Buffer.from(plain.with(index, (plain[index] ?? 0) ^ 1))],
  ];
}

const NO_CONTENT_SIZE = { [zlib.constants.ZSTD_c_contentSizeFlag]: 0 };

/** The codings that the 415 response must list as accepted. */
export function acceptedCodings({ contract, entry }: RequestBuilder): string[] {
  const rejected = responsesOf(contract, entry.operation).find(({ status }) => status === 415);
  const node = rejected?.response.headers?.['Accept-Encoding'];
  const example = node && resolve<Header & { example?: unknown }>(contract, node).example;
  return typeof example === 'string' ? example.split(/\s*,\s*/) : [];
}

function deriveFraming(builder: RequestBuilder): Case[] {
  const { body, pointer } = builder;
  if (!body) return [];
  const make = (demand: DemandName, label: string, parts: Parts, expected = ACCEPTED) =>
    makeCase(builder, 'transfer', pointer, label, parts, expected, demand);
  const [chunked, expect] = [{ 'transfer-encoding': 'chunked' }, { expect: '100-continue' }];
  const authorization = { authorization: builder.secured ? 'Basic invalid' : undefined };
  return [
    make('chunks', 'a body in chunks', { headers: chunked }),
    make('chunks', 'malformed JSON in chunks', { headers: chunked, ...malformed(builder) }, rejected('json')),
    make('expect', 'a body after 100 Continue', { headers: expect }),
    make('expect', 'a body in chunks after 100 Continue', { headers: { ...expect, ...chunked } }),
    ...(builder.secured
      ? [
          make(
            'expect',
            'wrong credentials with Expect: 100-continue',
            { headers: { ...expect, ...authorization } },
            rejected('credentials'),
          ),
        ]
      : []),
    ...[true, false].map((valid): Case => {
      const each = make(
        'half-close',
        `${valid ? 'a valid request' : 'malformed JSON'} of a client that closes its side`,
        valid ? {} : malformed(builder),
        valid ? ACCEPTED : rejected('json'),
      );
      return { ...each, request: { ...each.request, halfClose: true } };
    }),
  ];
}

function malformed({ body }: RequestBuilder): Parts {
  return { raw: `${JSON.stringify(body?.plain)}x` };
}

/** Requests on one connection: the rest of one must not become part of the next. */
function deriveConnections(builder: RequestBuilder): Case[] {
  const { pointer, body } = builder;
  if (!body) return [];
  const setup = (parts: Parts | undefined, expected: Case['expected']): SetupRequest[] =>
    parts ? [{ ...builder.build(parts), expected, value: parts.value ?? body.plain }] : [];
  const valid = setup({}, ACCEPTED);
  const invalid = (['credentials', 'mediaType', 'json', 'contract', 'method', 'path', 'version'] as const).flatMap(
    (kind) => setup(combineErrors(builder, [kind]), rejected(kind)),
  );
  const make = (
    demand: DemandName,
    label: string,
    before: SetupRequest[],
    delivery: NonNullable<Case['delivery']>,
  ): Case => ({
    ...makeCase(builder, 'transfer', pointer, label, {}, ACCEPTED, demand),
    ...{ before, delivery },
  });
  return [
    make(
      'shared connection',
      'a valid request after others on one connection',
      [...valid, ...invalid],
      'one connection',
    ),
    make('pipelining', 'three requests at once on one connection', [...valid, ...setup({}, ACCEPTED)], 'pipelined'),
    make(
      'pipelining',
      'valid and rejected requests at once on one connection',
      [...valid, ...setup(combineErrors(builder, ['json']), rejected('json')), ...valid],
      'pipelined',
    ),
  ];
}
