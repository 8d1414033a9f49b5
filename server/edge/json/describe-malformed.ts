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
  let start = 0;
  for (;;) {
    const window = bytes.subarray(start, start + WINDOW);
    const bad = findBadUtf8(window);
    start += bad;
    // The last character of a window may continue in the next one.
    if (bad < window.length - UNFINISHED || start + window.length - bad >= bytes.length) break;
  }
  return `The body is not UTF-8 at byte ${start}.`;
}

/** Returns the offset of the first byte that does not begin a character, or the number of bytes. */
function findBadUtf8(bytes: Uint8Array): number {
  const replaced = new TextEncoder().encode(decode(bytes));
  let at = 0;
  while (at < bytes.length && bytes[at] === replaced[at]) at++;
  // The first bytes of a replacement may equal the bytes that it replaces.
  return at === replaced.length ? at : at - REPLACEMENT.indexOf(replaced[at] ?? 0);
}

const LINE_FEED = 0x0a;

/** Describes the first place that is not JSON. Column and offset count UTF-16 units, as strings and editors do. */
export function describeSyntaxError({ message, offset }: JsonSyntaxError, text: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let [line, lineStart, length] = [1, 0, 0];
  // Decoded in windows, because strings of 1 MiB soon trigger a full garbage collection.
  for (let start = 0; start < offset; start += WINDOW) {
    const window = text.subarray(start, Math.min(start + WINDOW, offset));
    const decoded = decoder.decode(window, { stream: true });
    const lineFeeds = countLineFeeds(window);
    if (lineFeeds > 0) lineStart = length + decoded.lastIndexOf('\n') + 1;
    line += lineFeeds;
    length += decoded.length;
  }
  const place = `line ${line}, column ${length - lineStart + 1} (offset ${length})`;
  return `The body is not valid JSON at ${place}: ${message}.`;
}

/** Counts line feeds by a loop: 3 ms for 1 MiB. `indexOf` would take 7 ms for a text with 1,000,000 of them. */
function countLineFeeds(bytes: Uint8Array): number {
  if (!bytes.includes(LINE_FEED)) return 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === LINE_FEED) count++;
  return count;
}
