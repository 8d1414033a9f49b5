// Says where a body is not JSON in UTF-8. For the server and for the mock in a browser, which has no Buffer.
import type { JsonSyntaxError } from './scanner.ts';

/**
 * Replaces what is not UTF-8 by U+FFFD, and keeps a byte order mark. Created when it is needed: Jest's jsdom, where the
 * mock is imported, has none.
 */
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** U+FFFD in UTF-8. */
const REPLACEMENT = [0xef, 0xbf, 0xbd];

/** Names the first byte that begins no character. */
export function describeBadUtf8(bytes: Uint8Array): string {
  const replaced = new TextEncoder().encode(decode(bytes));
  let at = 0;
  while (at < bytes.length && bytes[at] === replaced[at]) at++;
  // The first bytes of a replacement may equal those that it replaces.
  const start = at - REPLACEMENT.indexOf(replaced[at] ?? 0);
  return `The body is not UTF-8 at byte ${start}.`;
}

/** Names the first place that is not JSON. Column and offset are counted in UTF-16, as strings and editors do. */
export function describeSyntaxError({ message, offset }: JsonSyntaxError, text: Uint8Array): string {
  const before = decode(text.subarray(0, offset));
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++;
  const place = `line ${line}, column ${before.length - lineStart + 1} (offset ${before.length})`;
  return `The body is not valid JSON at ${place}: ${message}.`;
}
