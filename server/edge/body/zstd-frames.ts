// The frames of a zstd body (RFC 8878, section 3). Node's decoder takes no byte after the end of a frame, but goes on
// with another frame that begins a chunk of its own.

import { ApiError } from '../errors.ts';

const MAGIC_NUMBER = 0xfd2fb528;
/** Sixteen numbers, of which this is the first: section 3.1.2. */
const SKIPPABLE_MAGIC_NUMBER = 0x184d2a50;

/** Each frame costs a call of the decoder, and an encoder that splits a body needs few. */
const MAX_FRAMES = 100;

/**
 * The frames that hold data, in their order. What is no frame, or is cut off, comes last: the decoder
 * rejects it, unless it finds more than the limit before. @throws ApiError for too many frames
 */
export function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let start = 0, count = 0; start < bytes.length; count++) {
    if (count === MAX_FRAMES) throw tooManyFrames();
    const end = endOfPart(bytes, start);
    if (end === undefined || !isSkippable(bytes, start)) frames.push(bytes.subarray(start, end));
    start = end ?? bytes.length;
  }
  return frames;
}

function isSkippable(bytes: Buffer, start: number): boolean {
  return (bytes.readUInt32LE(start) & ~0xf) >>> 0 === SKIPPABLE_MAGIC_NUMBER;
}

/** Undefined when it is no frame, or has no end. */
function endOfPart(bytes: Buffer, start: number): number | undefined {
  if (start + 8 > bytes.length) return undefined;
  if (isSkippable(bytes, start)) {
    const end = start + 8 + bytes.readUInt32LE(start + 4);
    return end <= bytes.length ? end : undefined;
  }
  return bytes.readUInt32LE(start) === MAGIC_NUMBER ? endOfFrame(bytes, start) : undefined;
}

function tooManyFrames(): ApiError {
  return new ApiError('MalformedJson', {
    message: `The body has more than ${MAX_FRAMES} frames of zstd. Compress it as a whole.`,
  });
}

/** Undefined when its last block is missing. */
function endOfFrame(bytes: Buffer, start: number): number | undefined {
  const descriptor = bytes[start + 4] ?? 0;
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const hasChecksum = (descriptor & 0b100) !== 0;
  // Section 3.1.1.1.1: the sizes of dictionary ID and content size, by their flags.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let position = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
  while (position + 3 <= bytes.length) {
    const header = bytes.readUIntLE(position, 3);
    const isRepeatedByte = ((header >> 1) & 0b11) === 1;
    position += 3 + (isRepeatedByte ? 1 : header >> 3);
    const isLast = (header & 1) === 1;
    if (isLast) return position + (hasChecksum ? 4 : 0);
  }
  return undefined;
}
