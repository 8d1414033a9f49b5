// The frames of a zstd body (RFC 8878, section 3). Node's decoder takes no byte after the end of a frame, but goes on
// with another frame that begins a chunk of its own.

import { ApiError } from '../errors.ts';

const MAGIC_NUMBER = 0xfd2fb528;
/** Sixteen numbers, of which this is the first: section 3.1.2. */
const SKIPPABLE_MAGIC_NUMBER = 0x184d2a50;

/** Each frame costs a call of the decoder, and an encoder that splits a body needs few. */
const MAX_FRAMES = 100;

/** The frames that hold data, in their order. @throws RangeError when bytes begin no frame; ApiError for too many */
export function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let start = 0, count = 0; start < bytes.length; count++) {
    if (count === MAX_FRAMES) throw tooManyFrames();
    if (start + 8 > bytes.length) throw new RangeError('There are bytes after the last frame.');
    const magicNumber = bytes.readUInt32LE(start);
    if ((magicNumber & ~0xf) >>> 0 === SKIPPABLE_MAGIC_NUMBER) {
      start += 8 + bytes.readUInt32LE(start + 4);
      if (start > bytes.length) throw new RangeError('The last frame is cut off.');
      continue;
    }
    if (magicNumber !== MAGIC_NUMBER) throw new RangeError('There is no frame.');
    const end = endOfFrame(bytes, start);
    frames.push(bytes.subarray(start, end));
    start = end;
  }
  return frames;
}

function tooManyFrames(): ApiError {
  return new ApiError('MalformedJson', {
    message: `The body has more than ${MAX_FRAMES} frames of zstd. Compress it as a whole.`,
  });
}

/** Past the end of the bytes when the frame is cut off. */
function endOfFrame(bytes: Buffer, start: number): number {
  const descriptor = bytes[start + 4] ?? 0;
  const isSingleSegment = (descriptor & 0b10_0000) !== 0;
  const hasChecksum = (descriptor & 0b100) !== 0;
  // Section 3.1.1.1.1: the sizes of dictionary ID and content size, by their flags.
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0b11] ?? 0;
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let position = start + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes;
  for (let isLast = false; !isLast && position + 3 <= bytes.length; ) {
    const header = bytes.readUIntLE(position, 3);
    isLast = (header & 1) === 1;
    const isRepeatedByte = ((header >> 1) & 0b11) === 1;
    position += 3 + (isRepeatedByte ? 1 : header >> 3);
  }
  return position + (hasChecksum ? 4 : 0);
}
