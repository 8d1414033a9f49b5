// Decompresses a body: off the main thread, one body after the other, and no further than a body may be long.
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
// As a whole: Node 20 has no zstd, and would refuse the import before its version is checked.
import zlib from 'node:zlib';
import { ApiError } from '../errors.ts';
import { unavailable } from '../memory/request-memory.ts';
import { DecompressionTime } from './decompression-time.ts';
import { splitFrames } from './zstd-frames.ts';

/** Content codings that can be decompressed (RFC 9110, section 8.4.1; RFC 7932; RFC 9659). */
export const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Coding = (typeof CODINGS)[number];

/**
 * Bytes by which a body may be larger compressed than what came out of it so far, with room for what a decompressor
 * still holds (a block of zstd has up to 128 KiB). So 1 MiB of empty blocks is not read to its end.
 */
const SURPLUS_LIMIT = 262_144;
const SURPLUS_MESSAGE =
  `The compressed body has a part that is over ${SURPLUS_LIMIT.toLocaleString('en')} bytes longer than its content. ` +
  'Send it uncompressed, or in larger blocks.';

const SLOW_MESSAGE =
  'The compressed body takes too long to decompress. Send it uncompressed, or in larger blocks, or retry.';

/** A slice is not read before the one ahead of it is decompressed. Node's types lack the options of streams. */
const OPTIONS: zlib.ZlibOptions & zlib.ZstdOptions & { writableHighWaterMark: number } = {
  chunkSize: 65_536,
  writableHighWaterMark: 1,
};
const DECOMPRESSORS: Record<Coding, () => Transform & zlib.Zlib> = {
  gzip: () => zlib.createGunzip(OPTIONS),
  deflate: () => zlib.createInflate(OPTIONS),
  br: () => zlib.createBrotliDecompress(OPTIONS),
  // The largest window that an encoder may use for HTTP is 8 MiB: RFC 9659, section 3.
  zstd: () => zlib.createZstdDecompress({ ...OPTIONS, params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } }),
};

let last: Promise<unknown> = Promise.resolve();

/**
 * Rejects with `PayloadTooLarge` when there are more bytes than `limit`, with `MalformedJson` when the body is not
 * valid in this coding, and with `Unavailable` when it takes too long.
 */
export async function decompress(bytes: Buffer, coding: Coding, limit: number): Promise<Buffer> {
  if (coding === 'br' && declaredLength(bytes) > limit) throw new ApiError('PayloadTooLarge');
  const result = last.then(() => run(coding, coding === 'br' ? narrowWindow(bytes) : bytes, limit));
  last = result.catch(() => undefined);
  return result;
}

async function run(coding: Coding, bytes: Buffer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let taken = 0;
  const time = new DecompressionTime();
  const slices = async function* (parts: Buffer[]) {
    for (const part of parts)
      for (let start = 0; start < part.length; ) {
        if (taken - size > SURPLUS_LIMIT) throw new ApiError('MalformedJson', { message: SURPLUS_MESSAGE });
        if (time.isOver(Math.max(bytes.length, size))) throw unavailable(SLOW_MESSAGE);
        const slice = part.subarray(start, start + time.slice);
        start += slice.length;
        taken += slice.length;
        yield slice;
      }
  };
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > limit) throw new ApiError('PayloadTooLarge');
      chunks.push(chunk);
    }
  };
  const decompressor = DECOMPRESSORS[coding]();
  try {
    const parts = coding === 'zstd' ? splitFrames(bytes) : [bytes];
    if (parts.length > 0) await pipeline(slices(parts), decompressor, collect);
    // What follows the end would be dropped, and a proxy may have read another body.
    if (decompressor.bytesWritten < taken) throw new Error('There are bytes after the end.');
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('MalformedJson', { message: `The body is not valid ${coding}.`, cause });
  }
  return Buffer.concat(chunks);
}

/**
 * The same for a decoder with a window of 2 MiB at most. The decoder of Brotli fills its window, which may be 16 MiB,
 * before it gives anything out: 51 bytes would take it 15 ms. No distance in a body of 1 MiB is longer, so what it
 * decompresses to is the same. RFC 7932, section 9.1: of the first four bits, those of 21 (2 MiB) to 24 (16 MiB) are
 * 1001, 1011, 1101 and 1111.
 */
function narrowWindow(bytes: Buffer): Buffer {
  const [first = 0] = bytes;
  if ((first & 0b1111) <= 0b1001 || (first & 1) === 0) return bytes;
  const narrow = Buffer.from(bytes);
  narrow[0] = (first & 0b1111_0000) | 0b1001;
  return narrow;
}

/**
 * Bytes to which the first meta-block of a Brotli stream decompresses, as it says itself: RFC 7932, sections 9.1 and
 * 9.2. 14 bytes can stand for many MiB, which would take 4 ms to find out. 0 when there is none.
 */
function declaredLength(bytes: Buffer): number {
  let position = 0;
  const read = (bits: number) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, position++)
      value |= (((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) << bit;
    return value;
  };
  // The size of the window has one, four or seven bits.
  if (read(1) === 1 && read(3) === 0) read(3);
  const isLast = read(1) === 1;
  if (isLast && read(1) === 1) return 0;
  const nibbles = read(2);
  // 3 stands for metadata, which decompresses to nothing.
  return nibbles === 3 ? 0 : read(4 * (nibbles + 4)) + 1;
}
