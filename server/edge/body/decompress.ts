// Decompresses a body within limits of size and time.
import { ApiError, unavailable } from '../errors.ts';
import { decodeBuffer } from './decode-buffer.ts';
import { DecompressionTime } from './decompression-time.ts';
import { describeInvalid } from './read-coding.ts';
import { type Coding, SyncDecompressor } from './sync-decompressor.ts';

/**
 * The number of bytes by which the compressed input may exceed the output so far, so that 1 MiB of empty blocks is not
 * read to its end. It leaves room for what a decompressor still holds: a block of zstd has up to 128 KiB.
 */
const SURPLUS_LIMIT = 163_840;

const COSTLY_MESSAGE =
  'The compressed body takes too long to decompress, or has a part that is much longer than its content. ' +
  'Send it uncompressed, or in larger blocks, or retry.';

const WINDOW_MESSAGE =
  'The zstd body needs a window of more than 8 MiB, which RFC 9659 forbids. ' +
  'Compress it at a level below 20, and without a longer window, as of --long.';

/**
 * Bytes that are decompressed between two checks of the time. The costliest known slices take 1 ms. With 4,096 bytes, a
 * body of 10,000 members would take 2.4 instead of 2.8 ms.
 */
const SLICE_BYTES = 256;

/**
 * Returns at most `limit` bytes, which are valid until the next call. May change the first byte of a Brotli body.
 * Throws `PayloadTooLarge` when there are more, `MalformedJson` when the body is invalid in this coding, and
 * `Unavailable` when it takes too long.
 */
export function decompress(
  bytes: Buffer,
  coding: Coding,
  limit: number,
  time: Pick<DecompressionTime, 'isOver'> = new DecompressionTime(),
): Buffer {
  if (coding === 'br' && declaredLength(bytes) > limit) throw new ApiError('PayloadTooLarge');
  if (coding === 'br') narrowWindow(bytes);
  const decompressed = decodeBuffer(limit + 1);
  const decompressor = new SyncDecompressor(coding, bytes, decompressed);
  try {
    while (decompressor.taken < bytes.length) {
      decompressor.take(SLICE_BYTES);
      const { taken, written } = decompressor;
      if (written > limit) throw new ApiError('PayloadTooLarge');
      if (taken - written > SURPLUS_LIMIT || time.isOver(taken, written))
        throw unavailable({ message: COSTLY_MESSAGE });
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const message = isWindowTooLarge(cause) ? WINDOW_MESSAGE : describeInvalid(coding);
    throw new ApiError('MalformedJson', { message, cause });
  } finally {
    decompressor.close();
  }
  return decompressed.subarray(0, decompressor.written);
}

function isWindowTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ZSTD_error_frameParameter_windowTooLarge';
}

/**
 * Limits the window to 2 MiB. The Brotli decoder fills its window, which may be 16 MiB, before it outputs anything: 51
 * bytes would take 15 ms. No distance in a body of 1 MiB is longer, so the output is the same. RFC 7932, section 9.1:
 * the first four bits for 21 (2 MiB) to 24 (16 MiB) are 1001, 1011, 1101 and 1111.
 */
function narrowWindow(bytes: Buffer): void {
  const [first = 0] = bytes;
  if ((first & 0b1111) > 0b1001 && (first & 1) === 1) bytes[0] = (first & 0b1111_0000) | 0b1001;
}

/**
 * Returns the declared output size of the first meta-block of a Brotli stream (RFC 7932, sections 9.1 and 9.2), or 0 if
 * there is none. 14 bytes can expand to many MiB, which would take 4 ms to find out.
 */
function declaredLength(bytes: Buffer): number {
  let position = 0;
  const read = (bits: number) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++, position++)
      value |= (((bytes[position >> 3] ?? 0) >> (position & 7)) & 1) << bit;
    return value;
  };
  // The window size takes one, four or seven bits. One value is invalid: Brotli uses it beyond RFC 7932, for windows of
  // more than 16 MiB, and the decoder rejects it.
  if (read(1) === 1 && read(3) === 0 && read(3) === 1) return 0;
  const isLast = read(1) === 1;
  if (isLast && read(1) === 1) return 0;
  const nibbles = read(2);
  // The value 3 marks metadata, which decompresses to nothing.
  return nibbles === 3 ? 0 : read(4 * (nibbles + 4)) + 1;
}
