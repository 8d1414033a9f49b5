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
  const before = decode(text.subarray(0, offset));
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  // In bytes: to search a text for each of 1,000,000 line feeds takes 7 ms more.
  for (let at = 0; at < offset; at++) if (text[at] === LINE_FEED) line++;
  const place = `line ${line}, column ${before.length - lineStart + 1} (offset ${before.length})`;
  return `The body is not valid JSON at ${place}: ${message}.`;
}
