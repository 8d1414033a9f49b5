// The media type of a request body: RFC 9110, section 8.3.
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import { ApiError } from '../errors.ts';

/** Throws `UnsupportedMediaType` unless the declared media type is one of these, in UTF-8. */
export function checkMediaType(request: IncomingMessage, mediaTypes: readonly string[]): void {
  // express-openapi-validator caches a validator for each distinct Content-Type. Dropping the parameters prevents
  // clients from growing that cache.
  request.headers['content-type'] = parseMediaType(request.headers['content-type'], mediaTypes);
}

/** Returns the media type without parameters. Throws `UnsupportedMediaType` unless it is one of these, in UTF-8. */
export function parseMediaType(header: string | undefined, mediaTypes: readonly string[]): string {
  if (header === undefined) throw new ApiError('UnsupportedMediaType');
  // The header is spelled as in the contract, so it need not be parsed.
  if (mediaTypes.includes(header)) return header;
  let type: string;
  let charset: string | undefined;
  try {
    ({
      type,
      parameters: { charset },
    } = parseContentType(header));
  } catch (cause) {
    throw new ApiError('UnsupportedMediaType', { cause });
  }
  if (!mediaTypes.includes(type.toLowerCase()) || hasRepeatedParameter(header))
    throw new ApiError('UnsupportedMediaType');
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new ApiError('UnsupportedMediaType');
  return type.toLowerCase();
}

/** Matches the name of a parameter and its value, which may be quoted: RFC 9110, section 5.6.6. */
const PARAMETER = /;\s*([^\s;=]+)=("(?:[^"\\]|\\.)*"|[^;]*)/g;

/** Each parameter may occur once: RFC 6838, section 4.3. The parser would return the last of several. */
function hasRepeatedParameter(header: string): boolean {
  const names = Array.from(header.matchAll(PARAMETER), ([, name = '']) => name.toLowerCase());
  return new Set(names).size < names.length;
}
