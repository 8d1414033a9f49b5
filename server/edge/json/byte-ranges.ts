// Byte ranges of a text, as a list of alternating start and end offsets.
import { byteAt } from './scanner.ts';

/** Returns the ranges of the two brackets, unless the array or object between them is empty. */
export function shell(bytes: Uint8Array, start: number, end: number): number[] | undefined {
  const byte = byteAt(bytes, start);
  const isEmpty = end - start === 2;
  return (byte === OPEN_BRACE || byte === OPEN_BRACKET) && !isEmpty ? [start, start + 1, end - 1, end] : undefined;
}

export function join(bytes: Uint8Array, pieces: readonly number[]): Buffer {
  let size = 0;
  for (let index = 0; index < pieces.length; index += 2) size += (pieces[index + 1] ?? 0) - (pieces[index] ?? 0);
  const text = Buffer.allocUnsafe(size);
  let length = 0;
  for (let index = 0; index < pieces.length; index += 2) {
    const [start = 0, end = 0] = [pieces[index], pieces[index + 1]];
    // Most pieces are a few bytes long, for which a loop is faster than a call that copies them.
    if (end - start < 64) for (let at = start; at < end; at++) text[length++] = bytes[at] ?? 0;
    else {
      text.set(bytes.subarray(start, end), length);
      length += end - start;
    }
  }
  return text;
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
