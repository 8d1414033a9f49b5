// Parses the Content-Encoding header of a body: RFC 9110, section 8.4. Runs in servers and browsers.
import { ApiError } from '../errors.ts';

/**
 * Returns one of the known codings, or undefined for none. Throws `UnsupportedMediaType` for any other; that response
 * has `Accept-Encoding`, which tells clients that the coding is the problem: RFC 9110, section 12.5.3.
 */
export function readCoding(header: string, known: readonly string[]): string | undefined {
  // The header is a list, whose empty elements are ignored: RFC 9110, section 5.6.1.2.
  const name = header
    .toLowerCase()
    .split(',')
    .map(withoutBlanks)
    .filter((each) => each !== '')
    .join(', ');
  // RFC 9110, section 8.4.1.3: x-gzip is equivalent to gzip.
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (coding === '' || coding === 'identity') return undefined;
  if (known.includes(coding)) return coding;
  throw new ApiError('UnsupportedMediaType', {
    message: `The Content-Encoding of the body is not supported. Use one of ${known.join(', ')}, or none.`,
    headers: { 'Accept-Encoding': known.join(', ') },
  });
}

/** Removes the optional whitespace around an element, which is space and tab alone: RFC 9110, section 5.6.3. */
function withoutBlanks(text: string): string {
  const isBlank = (index: number) => text[index] === ' ' || text[index] === '\t';
  let start = 0;
  let end = text.length;
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** Returns the message for a body that is not valid in its coding. Some clients send raw deflate as `deflate`. */
export function describeInvalid(coding: string): string {
  if (coding !== 'deflate') return `The body is not valid ${coding}.`;
  return 'The body is not valid deflate: the zlib format (RFC 1950) without a preset dictionary, not raw deflate.';
}
