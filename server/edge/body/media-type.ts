// The media type of a request body: RFC 9110, section 8.3.
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import { ApiError } from '../errors.ts';

/** Throws `UnsupportedMediaType` unless the body is declared as one of the media types, in UTF-8. */
export function checkMediaType(request: IncomingMessage, mediaTypes: readonly string[]): void {
  // The guard caches a validator for each distinct Content-Type. Without its parameters there is one, so no client can
  // make it grow.
  request.headers['content-type'] = parseMediaType(request.headers['content-type'], mediaTypes);
}

/** The media type without its parameters. Throws `UnsupportedMediaType` unless it is one of these, in UTF-8. */
export function parseMediaType(header: string | undefined, mediaTypes: readonly string[]): string {
  if (header === undefined) throw new ApiError('UnsupportedMediaType');
  // As the contract writes it, so there is nothing to take apart.
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

/** The name of a parameter, and its value, which may be quoted: RFC 9110, section 5.6.6. */
const PARAMETER = /;\s*([^\s;=]+)=("(?:[^"\\]|\\.)*"|[^;]*)/g;

/** Each parameter may stand once: RFC 6838, section 4.3. Of several, the parser would return the last. */
function hasRepeatedParameter(header: string): boolean {
  const names = Array.from(header.matchAll(PARAMETER), ([, name = '']) => name.toLowerCase());
  return new Set(names).size < names.length;
}
