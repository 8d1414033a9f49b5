// Says where a body is not JSON in UTF-8. For the server and for the mock in a browser, which has no Buffer.
import type { JsonSyntaxError } from './scanner.ts';

/**
 * Replaces what is not UTF-8 by U+FFFD, and keeps a byte order mark. Created when it is needed: Jest's jsdom, where the
 * mock is imported, has none.
 */
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** U+FFFD in UTF-8. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/**
 * Bytes that are looked at together. The first error ends the search, and most of what follows one may be errors, each
 * of which takes ten times as long as a character.
 */
const WINDOW = 4096;
/** Bytes of the longest character, but for its last. */
const UNFINISHED = 3;

/** Names the first byte that begins no character. */
export function describeBadUtf8(bytes: Uint8Array): string {
  let start = 0;
  for (;;) {
    const window = bytes.subarray(start, start + WINDOW);
    const bad = findBadUtf8(window);
    start += bad;
    // The last character of a window may go on in the next.
    if (bad < window.length - UNFINISHED || start + window.length - bad >= bytes.length) break;
  }
  return `The body is not UTF-8 at byte ${start}.`;
}

/** The offset of the first byte that begins no character, or the number of bytes. */
function findBadUtf8(bytes: Uint8Array): number {
  const replaced = new TextEncoder().encode(decode(bytes));
  let at = 0;
  while (at < bytes.length && bytes[at] === replaced[at]) at++;
  // The first bytes of a replacement may equal those that it replaces.
  return at === replaced.length ? at : at - REPLACEMENT.indexOf(replaced[at] ?? 0);
}

const LINE_FEED = 0x0a;

/** Names the first place that is not JSON. Column and offset are counted in UTF-16, as strings and editors do. */
export function describeSyntaxError({ message, offset }: JsonSyntaxError, text: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let [line, lineStart, length] = [1, 0, 0];
  // In windows: a string of 1 MiB makes V8 collect all of its garbage soon.
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

/** `indexOf` for each would take 7 ms for 1,000,000; this loop for most windows, which have none, 3 ms for 1 MiB. */
function countLineFeeds(bytes: Uint8Array): number {
  if (!bytes.includes(LINE_FEED)) return 0;
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === LINE_FEED) count++;
  return count;
}
