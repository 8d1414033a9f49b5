// How the body of a request is compressed: RFC 9110, section 8.4.
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../errors.ts';
import { CODINGS } from './decompress.ts';

/**
 * Leaves the body with one coding under its usual name, or with none. Throws `UnsupportedMediaType` for every other.
 * Only then it has `Accept-Encoding`, so that clients can tell a coding from a media type: RFC 9110, section 12.5.3.
 */
export function checkContentCoding({ headers }: IncomingMessage): void {
  const header = headers['content-encoding'];
  if (header === undefined) return;
  // A list, in which empty elements mean nothing: RFC 9110, section 5.6.1.2.
  const name = header
    .toLowerCase()
    .split(/[ \t]*,[ \t]*/)
    .filter((each) => each !== '')
    .join(', ');
  // RFC 9110, section 8.4.1.3.
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (coding === '' || coding === 'identity') delete headers['content-encoding'];
  else if (CODINGS.some((each) => each === coding)) headers['content-encoding'] = coding;
  else
    throw new ApiError('UnsupportedMediaType', {
      message: `The Content-Encoding of the body is not supported. Use one of ${CODINGS.join(', ')}, or none.`,
      headers: { 'Accept-Encoding': CODINGS.join(', ') },
    });
}
