// The Origin of a malformed request, read without the parser, so that its response has the CORS headers of all others.

/** The value without the surrounding white space. An origin contains none (RFC 6454, section 6.1). */
const VALUE = /^[\t ]*(?:([^\t\r ]+)[\t ]*)?\r?$/;
const NAME = 'origin:';

/**
 * Returns the value of the Origin field in a header, which may be malformed or cut off; undefined if there is none. As
 * in Node's parser, several are joined to one that is no origin. A malformed value is the empty string.
 */
export function findOrigin(header: string): string | undefined {
  // A line that begins with white space continues the preceding one (RFC 9112, section 5.2).
  const lines = header
    .trimStart()
    .replace(/\r?\n(?=[\t ])/g, '')
    .split('\n');
  // The last line may be cut off, and its value the beginning of another origin.
  lines.pop();
  const end = lines.findIndex((line) => line === '' || line === '\r');
  const values = lines
    .slice(1, end === -1 ? lines.length : end)
    .filter((line) => line.slice(0, NAME.length).toLowerCase() === NAME)
    .map((line) => VALUE.exec(line.slice(NAME.length))?.[1] ?? '');
  return values.length === 0 ? undefined : values.join(', ');
}
