// Bodies are decompressed to what was compressed, or rejected before that takes long.
import { randomBytes } from 'node:crypto';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Coding, decompress } from '../../../server/edge/body/decompress.ts';
import { slowBrotli } from '../../support/slow-to-decompress.ts';

const LIMIT = 1_048_576;

const COMPRESSORS: Record<Coding, (body: Buffer) => Buffer> = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (body) => zstdCompressSync(body),
};
const CODINGS = Object.entries(COMPRESSORS) as [Coding, (body: Buffer) => Buffer][]; // The keys are those of the type.

const half = randomBytes(LIMIT / 2);
/** Bodies whose parts are as far from each other as they can be. */
const BODIES = {
  'one byte': Buffer.from('x'),
  'the same byte': Buffer.alloc(LIMIT, 'x'),
  'what does not compress': randomBytes(LIMIT),
  'a half twice': Buffer.concat([half, half]),
  'the same at both ends': Buffer.concat([half.subarray(0, 64), Buffer.alloc(LIMIT - 128, 'x'), half.subarray(0, 64)]),
};

describe('decompression', () => {
  it.each(CODINGS)('returns what was compressed with %s, up to the limit', async (coding, compress) => {
    for (const [name, body] of Object.entries(BODIES)) {
      const result = await decompress(compress(body), coding, LIMIT);
      expect(result.equals(body), name).toBe(true);
    }
  });

  it.each(Array.from({ length: 15 }, (_, index) => index + 10))(
    'returns what was compressed with a Brotli window of 2^%i bytes',
    async (bits) => {
      for (const [name, body] of Object.entries(BODIES)) {
        const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: bits };
        const result = await decompress(brotliCompressSync(body, { params }), 'br', LIMIT);
        expect(result.equals(body), name).toBe(true);
      }
    },
  );

  it.each(CODINGS)('rejects one byte more than the limit in %s', async (coding, compress) => {
    const result = decompress(compress(Buffer.alloc(LIMIT + 1)), coding, LIMIT);

    await expect(result).rejects.toMatchObject({ type: 'PayloadTooLarge' });
  });

  it.each(CODINGS)('rejects what is cut off, or is not %s', async (coding, compress) => {
    const body = compress(BODIES['a half twice']);

    for (const bytes of [body.subarray(0, -5), Buffer.from('{"a":1}')])
      await expect(decompress(bytes, coding, LIMIT)).rejects.toMatchObject({ type: 'MalformedJson' });
  });

  it.each([0, 1, 5, 11])('rejects a Brotli bomb of quality %i with windows of all sizes', async (quality) => {
    for (const bits of [10, 16, 17, 18, 21, 24]) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: bits };
      const result = decompress(brotliCompressSync(Buffer.alloc(4 * LIMIT, ' '), { params }), 'br', LIMIT);
      await expect(result).rejects.toMatchObject({ type: 'PayloadTooLarge' });
    }
  });

  describe('of zstd', () => {
    const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const options = [{}, { [constants.ZSTD_c_checksumFlag]: 1 }, { [constants.ZSTD_c_contentSizeFlag]: 0 }];
    const compress = (text: string | Buffer, index = 0) => zstdCompressSync(text, { params: options[index % 3] ?? {} });

    it('returns the content of all frames, skippable ones left out', async () => {
      const big = randomBytes(LIMIT / 4);
      const frames = [SKIPPABLE, compress(''), compress(big), SKIPPABLE, compress('é', 1), compress(big, 2), SKIPPABLE];

      const result = await decompress(Buffer.concat(frames), 'zstd', LIMIT);

      expect(result.equals(Buffer.concat([big, Buffer.from('é'), big]))).toBe(true);
    });

    it('returns nothing for frames without content', async () => {
      for (const frames of [[SKIPPABLE], [compress('')], [compress(''), SKIPPABLE, compress('', 1)]])
        expect(await decompress(Buffer.concat(frames), 'zstd', LIMIT)).toHaveLength(0);
    });

    it('returns the content of 100 frames, and rejects more', async () => {
      const frames = Array.from({ length: 100 }, (_, index) => compress(`${index},`, index));

      const result = await decompress(Buffer.concat(frames), 'zstd', LIMIT);
      const tooMany = decompress(Buffer.concat([...frames, compress('x')]), 'zstd', LIMIT);

      expect(result.toString()).toBe(Array.from({ length: 100 }, (_, index) => `${index},`).join(''));
      await expect(tooMany).rejects.toMatchObject({
        type: 'MalformedJson',
        message: 'The body has more than 100 frames of zstd. Compress it as a whole.',
      });
    });

    it.each([
      ['bytes after the last frame', Buffer.concat([compress('a'), Buffer.from('b')])],
      ['a second frame that is cut off', Buffer.concat([compress('a'), compress('bc').subarray(0, -1)])],
      ['a skippable frame that is cut off', Buffer.concat([compress('a'), SKIPPABLE.subarray(0, -1)])],
      ['another coding after the first frame', Buffer.concat([compress('a'), gzipSync('b')])],
      [
        'a damaged checksum',
        Buffer.concat([compress('a', 1).map((byte, at, all) => (at === all.length - 1 ? ~byte : byte))]),
      ],
    ])('rejects %s', async (_, bytes) => {
      await expect(decompress(bytes, 'zstd', LIMIT)).rejects.toMatchObject({
        type: 'MalformedJson',
        message: 'The body is not valid zstd.',
      });
    });
  });

  it.each([
    ['is cut off', (bomb: Buffer) => bomb.subarray(0, -4)],
    ['has bytes after its end', (bomb: Buffer) => Buffer.concat([bomb, Buffer.from('{}')])],
    ['has a broken frame after it', (bomb: Buffer) => Buffer.concat([bomb, zstdCompressSync('{}').subarray(0, -2)])],
  ])('rejects a zstd bomb that %s as too large', async (_, damage) => {
    const bomb = zstdCompressSync(Buffer.alloc(30 * LIMIT, ' '));

    await expect(decompress(damage(bomb), 'zstd', LIMIT)).rejects.toMatchObject({ type: 'PayloadTooLarge' });
  });

  it('says so when a body is mostly empty blocks', async () => {
    const empty = gzipSync('');
    const body = Buffer.concat([...Array.from({ length: 20_000 }, () => empty), gzipSync('{}')]);

    await expect(decompress(body, 'gzip', LIMIT)).rejects.toMatchObject({
      type: 'MalformedJson',
      message: expect.stringContaining('over 262,144 bytes longer than its content'),
    });
  });

  it.each([160_000, 1_048_000])('gives up a body of %i bytes that takes long, though it is valid', async (size) => {
    const body = slowBrotli(size, '{}');
    expect(brotliDecompressSync(body).length).toBeLessThan(LIMIT);

    await expect(decompress(body, 'br', LIMIT)).rejects.toMatchObject({
      type: 'Unavailable',
      message: expect.stringContaining('takes too long to decompress'),
      headers: { 'Retry-After': 2 },
    });
  });

  it('goes on after a body that was rejected', async () => {
    const all = [gzipSync('a'), Buffer.from('x'), gzipSync(Buffer.alloc(LIMIT + 1)), gzipSync('b')];

    const results = await Promise.allSettled(all.map((bytes) => decompress(bytes, 'gzip', LIMIT)));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });
});
