// The content coding of a body, as its header names it: RFC 9110, section 8.4. For servers and browsers.
import { ApiError } from '../errors.ts';

/**
 * One of the known codings; undefined for none. Throws `UnsupportedMediaType` for every other. Only then it has
 * `Accept-Encoding`, so that clients can tell a coding from a media type: RFC 9110, section 12.5.3.
 */
export function readCoding(header: string, known: readonly string[]): string | undefined {
  // A list, in which empty elements mean nothing: RFC 9110, section 5.6.1.2.
  const name = header
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/)
    .filter((each) => each !== '')
    .join(', ');
  // RFC 9110, section 8.4.1.3.
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (coding === '' || coding === 'identity') return undefined;
  if (known.includes(coding)) return coding;
  throw new ApiError('UnsupportedMediaType', {
    message: `The Content-Encoding of the body is not supported. Use one of ${known.join(', ')}, or none.`,
    headers: { 'Accept-Encoding': known.join(', ') },
  });
}
