// Bodies are decompressed to the original, or rejected before that takes long.
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompress } from '../../../server/edge/body/decompress.ts';
import { DecompressionTime } from '../../../server/edge/body/decompression-time.ts';
import type { Coding } from '../../../server/edge/body/sync-decompressor.ts';
import { slowBrotli } from '../../support/bodies/slow-to-decompress.ts';
import { INVALID_BODY } from './invalid-bodies.ts';

const LIMIT = 1_048_576;

const COMPRESSORS: Record<Coding, (body: Buffer) => Buffer> = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (body) => zstdCompressSync(body),
};
const CODINGS = Object.entries(COMPRESSORS) as [Coding, (body: Buffer) => Buffer][]; // The keys of the table.

const half = randomBytes(LIMIT / 2);
/** Bodies whose repeated parts are as far apart as possible. */
const BODIES = {
  'one byte': Buffer.from('x'),
  'the same byte': Buffer.alloc(LIMIT, 'x'),
  'what does not compress': randomBytes(LIMIT),
  'a half twice': Buffer.concat([half, half]),
  'the same at both ends': Buffer.concat([half.subarray(0, 64), Buffer.alloc(LIMIT - 128, 'x'), half.subarray(0, 64)]),
};

type Time = Pick<DecompressionTime, 'isOver'>;
/** No time limit, for tests that do not depend on it, because a busy machine may exceed that of a body. */
const NO_TIME_LIMIT: Time = { isOver: () => false };

/** The error that a body is rejected with. */
function errorOf(bytes: Buffer, coding: Coding, time: Time = NO_TIME_LIMIT): unknown {
  try {
    decompress(bytes, coding, LIMIT, time);
  } catch (error) {
    return error;
  }
  throw new Error('The body was not rejected.');
}

describe('decompression', () => {
  it.each(CODINGS)('returns the original of a body in %s, up to the limit', (coding, compress) => {
    for (const [name, body] of Object.entries(BODIES)) {
      const result = decompress(compress(body), coding, LIMIT, NO_TIME_LIMIT);
      expect(result.equals(body), name).toBe(true);
    }
  });

  it.each(Array.from({ length: 15 }, (_, index) => index + 10))(
    'returns the original of a body with a Brotli window of 2^%i bytes',
    (bits) => {
      for (const [name, body] of Object.entries(BODIES)) {
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: bits };
        const result = decompress(brotliCompressSync(body, { params }), 'br', LIMIT, NO_TIME_LIMIT);
        expect(result.equals(body), name).toBe(true);
      }
    },
  );

  it.each(CODINGS)('rejects one byte more than the limit in %s', (coding, compress) => {
    expect(errorOf(compress(Buffer.alloc(LIMIT + 1)), coding)).toMatchObject({ type: 'PayloadTooLarge' });
  });

  it.each(CODINGS)('rejects a body that is cut off, continued, or not %s', (coding, compress) => {
    const body = compress(BODIES['a half twice']);

    const all = [body.subarray(0, -5), Buffer.concat([body, Buffer.from('x')]), Buffer.from('{"a":1}')];
    for (const bytes of all)
      expect(errorOf(bytes, coding)).toMatchObject({
        type: 'MalformedJson',
        message: INVALID_BODY[coding],
      });
  });

  it.each([0, 1, 5, 11])('rejects a Brotli bomb of quality %i with windows of 64 KiB to 16 MiB', (quality) => {
    for (const bits of [16, 17, 18, 21, 24]) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: bits };
      const bomb = brotliCompressSync(Buffer.alloc(4 * LIMIT, ' '), { params });
      expect(errorOf(bomb, 'br')).toMatchObject({ type: 'PayloadTooLarge' });
    }
  });

  it.each([16, 22, 25, 30])('rejects Brotli with a window of 2^%i bytes in a format beyond RFC 7932', (bits) => {
    const params = { [constants.BROTLI_PARAM_LARGE_WINDOW]: 1, [constants.BROTLI_PARAM_LGWIN]: bits };
    const bytes = brotliCompressSync(`{"ownerId":"${randomUUID()}","memberIds":[]}`, { params });
    // RFC 7932, section 9.1: this size of the window is invalid.
    expect((bytes[0] ?? 0) & 0b111_1111).toBe(0b001_0001);

    expect(errorOf(bytes, 'br')).toMatchObject({ type: 'MalformedJson', message: 'The body is not valid br.' });
  });

  it('returns the content of all members of gzip', () => {
    const members = Array.from({ length: 100 }, (_, index) => gzipSync(`${index},`));

    const result = decompress(Buffer.concat(members), 'gzip', LIMIT, NO_TIME_LIMIT);

    expect(String(result)).toBe(Array.from({ length: 100 }, (_, index) => `${index},`).join(''));
  });

  describe('of zstd', () => {
    const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const options = [{}, { [constants.ZSTD_c_checksumFlag]: 1 }, { [constants.ZSTD_c_contentSizeFlag]: 0 }];
    const compress = (text: string | Buffer, index = 0) => zstdCompressSync(text, { params: options[index % 3] ?? {} });

    it('returns the content of all frames, skippable ones left out', () => {
      const big = randomBytes(LIMIT / 4);
      const frames = [SKIPPABLE, compress(''), compress(big), SKIPPABLE, compress('é', 1), compress(big, 2), SKIPPABLE];

      const result = decompress(Buffer.concat(frames), 'zstd', LIMIT, NO_TIME_LIMIT);

      expect(result.equals(Buffer.concat([big, Buffer.from('é'), big]))).toBe(true);
    });

    it('returns nothing for frames without content', () => {
      for (const frames of [[SKIPPABLE], [compress('')], [compress(''), SKIPPABLE, compress('', 1)]])
        expect(decompress(Buffer.concat(frames), 'zstd', LIMIT)).toHaveLength(0);
    });

    it('returns the content of 100 frames', () => {
      const frames = Array.from({ length: 100 }, (_, index) => compress(`${index},`, index));

      const result = decompress(Buffer.concat(frames), 'zstd', LIMIT, NO_TIME_LIMIT);

      expect(String(result)).toBe(Array.from({ length: 100 }, (_, index) => `${index},`).join(''));
    });

    it.each([
      ['a second frame that is cut off', Buffer.concat([compress('a'), compress('bc').subarray(0, -1)])],
      ['a skippable frame that is cut off', Buffer.concat([compress('a'), SKIPPABLE.subarray(0, -1)])],
      ['another coding after the first frame', Buffer.concat([compress('a'), gzipSync('b')])],
      [
        'a damaged checksum',
        Buffer.concat([compress('a', 1).map((byte, at, all) => (at === all.length - 1 ? ~byte : byte))]),
      ],
    ])('rejects %s', (_, bytes) => {
      expect(errorOf(bytes, 'zstd')).toMatchObject({
        type: 'MalformedJson',
        message: 'The body is not valid zstd.',
      });
    });
  });

  it.each([
    ['raw deflate', deflateRawSync(BODIES['a half twice'])],
    ['a preset dictionary', deflateSync(BODIES['a half twice'], { dictionary: Buffer.from('{"ownerId":"') })],
  ])('says what deflate is when a body has %s', (_name, body) => {
    expect(errorOf(body, 'deflate')).toMatchObject({
      type: 'MalformedJson',
      message: INVALID_BODY.deflate,
    });
  });

  it('names the window of a zstd body that is too large for HTTP', async () => {
    // Of unknown size, as from a pipe. Otherwise, the window is not larger than the body.
    const stream = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 24 } });
    const body = await buffer(stream.end('{}'));
    expect(zstdDecompressSync(body).toString()).toBe('{}');

    expect(errorOf(body, 'zstd')).toMatchObject({
      type: 'MalformedJson',
      message:
        'The zstd body needs a window of more than 8 MiB, which RFC 9659 forbids. ' +
        'Compress it at a level below 20, and without a longer window, as of --long.',
    });
  });

  it.each([
    ['is cut off', (bomb: Buffer) => bomb.subarray(0, -4)],
    ['has bytes after its end', (bomb: Buffer) => Buffer.concat([bomb, Buffer.from('{}')])],
    ['has a broken frame after it', (bomb: Buffer) => Buffer.concat([bomb, zstdCompressSync('{}').subarray(0, -2)])],
  ])('rejects a zstd bomb that %s as too large', (_, damage) => {
    const bomb = zstdCompressSync(Buffer.alloc(30 * LIMIT, ' '));

    expect(errorOf(damage(bomb), 'zstd')).toMatchObject({ type: 'PayloadTooLarge' });
  });

  it('gives up a body that is mostly empty blocks', () => {
    const empty = gzipSync('');
    const body = Buffer.concat([...Array.from({ length: 20_000 }, () => empty), gzipSync('{}')]);

    expect(errorOf(body, 'gzip')).toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining('much longer than its content'),
    });
  });

  it.each([
    ['from its beginning', slowBrotli(32_768, '{}')],
    ['in few of its parts', slowBrotli(1_048_000, '{}', 5000)],
  ])('gives up a body that takes long %s, though it is valid', (_, body) => {
    expect(brotliDecompressSync(body).length).toBeLessThanOrEqual(LIMIT);

    expect(errorOf(body, 'br', new DecompressionTime())).toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining('takes too long to decompress'),
      headers: { 'Retry-After': 2 },
    });
  });
});
