// Describes where a body is not JSON in UTF-8. Runs on the server and in browsers, so it uses no Buffer.
import type { JsonSyntaxError } from './scanner.ts';

/**
 * Replaces invalid UTF-8 with U+FFFD, and keeps a byte order mark. The decoder is created on demand: the mock can be
 * imported in Jest's jsdom, which has no TextDecoder.
 */
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** U+FFFD in UTF-8. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/**
 * The number of bytes that are decoded at a time. The search ends at the first error, and the bytes after it may be
 * mostly errors, each of which takes ten times as long as a character.
 */
const WINDOW = 4096;
/** The maximum number of bytes of an incomplete character. */
const UNFINISHED = 3;

/** Describes the first byte that does not begin a character. */
export function describeBadUtf8(bytes: Uint8Array): string {
  let start = skipValidUtf8(bytes);
  for (;;) {
    const window = bytes.subarray(start, start + WINDOW);
    const bad = findBadUtf8(window);
    start += bad;
    // The last character of a window may continue in the next one.
    if (bad < window.length - UNFINISHED || start + window.length - bad >= bytes.length) break;
  }
  return `The body is not UTF-8 at byte ${start}.`;
}

/** Returns where a character begins, less than two windows before the first bad byte. */
function skipValidUtf8(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  try {
    for (; at < bytes.length; at += WINDOW) decoder.decode(bytes.subarray(at, at + WINDOW), { stream: true });
  } catch {
    // In this window, a character ends badly. It may have begun in the previous one.
  }
  return startOfCharacter(bytes, Math.max(0, Math.min(at, bytes.length) - UNFINISHED));
}

/** Returns the offset of the first byte that does not begin a character, or the number of bytes. */
function findBadUtf8(bytes: Uint8Array): number {
  const replaced = new TextEncoder().encode(decode(bytes));
  let at = 0;
  while (at < bytes.length && bytes[at] === replaced[at]) at++;
  // The first bytes of a replacement may equal the bytes that it replaces.
  return at === replaced.length ? at : at - REPLACEMENT.indexOf(replaced[at] ?? 0);
}

/** Describes the first place that is not JSON. Column and offset count UTF-16 units, as strings and editors do. */
export function describeSyntaxError({ message, offset }: JsonSyntaxError, text: Uint8Array): string {
  const place: Place = { line: 1, lineStart: 0, length: 0 };
  for (let start = 0; start < offset; ) {
    const end = start + WINDOW < offset ? startOfCharacter(text, start + WINDOW) : offset;
    advance(place, text.subarray(start, end));
    start = end;
  }
  const { line, lineStart, length } = place;
  return `The body is not valid JSON at line ${line}, column ${length - lineStart + 1} (offset ${length}): ${message}.`;
}

interface Place {
  line: number;
  /** The UTF-16 units before the line. */
  lineStart: number;
  /** The UTF-16 units before the place. */
  length: number;
}

/** Moves a place to the end of a text in UTF-8 that begins there. */
function advance(place: Place, text: Uint8Array): void {
  const afterLast = text.lastIndexOf(LINE_FEED) + 1;
  if (afterLast > 0) {
    place.lineStart = place.length + decode(text.subarray(0, afterLast)).length;
    // A table, because the processor would predict comparisons of mixed white space wrongly.
    for (let at = 0; at < afterLast; at++) place.line += LINES[text[at] ?? 0] ?? 0;
  }
  place.length += decode(text).length;
}

/** Returns the offset, or, if it is within a character of valid UTF-8, that at which the character begins. */
function startOfCharacter(text: Uint8Array, offset: number): number {
  let at = offset;
  while (at > 0 && ((text[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}

const LINE_FEED = 0x0a;
/** The number of lines that a byte ends. */
const LINES = new Uint8Array(256);
LINES[LINE_FEED] = 1;
