// The request body: its media type, its size, and whether it is JSON.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzipBomb, type TestRequest } from '../../support/http/http.ts';
import { messageOf, OWNER, shareEdge, typeOf, VALID } from '../echo-edge.ts';
import { INVALID_BODY } from './invalid-bodies.ts';

const { ask } = shareEdge();

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

  it.each([
    ['members of gzip', 'gzip', gzipSync],
    ['frames of zstd', 'zstd', zstdCompressSync],
  ])('accepts a body in several %s', async (_, coding, compress) => {
    const text = JSON.stringify(VALID);
    const body = Buffer.concat([text.slice(0, 9), '', text.slice(9)].map((part) => compress(part)));

    expect((await ask({ body, headers: { 'content-encoding': coding } })).status).toBe(201);
  });

  it.each(['gzip', 'deflate', 'br', 'zstd'])('returns 400 when the body is not valid %s', async (coding) => {
    const response = await ask({ body: JSON.stringify(VALID), headers: { 'content-encoding': coding } });

    expect(typeOf(response)).toBe('MalformedJson');
    expect(messageOf(response)).toBe(INVALID_BODY[coding]);
  });

  // One stream is the whole body: RFC 9110, section 8.4.1. Gzip may have several members, zstd several frames.
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('returns 400 when there are bytes after the end of %s', async (coding, compress) => {
    const stream = compress(JSON.stringify(VALID));
    const rest = [
      '{}',
      '\0',
      Buffer.alloc(1000, 0xff),
      Buffer.alloc(60_000),
      ...(['gzip', 'zstd'].includes(coding) ? [] : [stream]),
    ];
    for (const each of rest) {
      const body = Buffer.concat([stream, Buffer.from(each)]);

      const response = await ask({ body, headers: { 'content-encoding': coding } });

      expect([response.status, typeOf(response)]).toEqual([400, 'MalformedJson']);
      expect(messageOf(response)).toBe(INVALID_BODY[coding]);
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
    ['a bad escape', '{"a": "\\x"}', 'line 1, column 8 (offset 7)'],
    ['a control character in a string', '{"a": "\t"}', 'line 1, column 8 (offset 7)'],
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
