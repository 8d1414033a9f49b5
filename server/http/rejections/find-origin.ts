// The Origin of a malformed request, read without the parser, so that its response has the CORS headers of all others.

/** The empty line behind the header. */
const END = /\n\r?\n/;
/**
 * An Origin field with the lines that continue it (RFC 9112, section 5.2). A line without an end may be cut off, and
 * its value the beginning of another origin.
 */
const FIELD = /\norigin:([^\n]*(?:\n[\t ][^\n]*)*)(?=\n(?![\t ]))/gi;
/** The value without the surrounding white space. An origin contains none (RFC 6454, section 6.1). */
const VALUE = /^[\t ]*(?:([^\t\r\n ]+)[\t ]*)?\r?$/;

/**
 * Returns the value of the Origin field in a header, which may be malformed or cut off; undefined if there is none. As
 * in Node's parser, several are joined to one that is no origin. A malformed value is the empty string.
 */
export function findOrigin(header: string): string | undefined {
  const text = header.trimStart();
  const end = text.search(END);
  const fields = (end === -1 ? text : text.slice(0, end + 1)).matchAll(FIELD);
  const values = Array.from(fields, ([, value = '']) => VALUE.exec(value)?.[1] ?? '');
  return values.length === 0 ? undefined : values.join(', ');
}
