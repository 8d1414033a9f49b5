// The request body on its way in: media type, size, JSON. Each violation has an error of its own.
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import { CODINGS, decompress } from './decompress.ts';
import { ApiError } from './errors.ts';
import type { ParseJson } from './json/parse.ts';

/** Bytes that a body may have, as sent and after decompression. The largest valid request needs about 400,000. */
export const BODY_LIMIT = 1_048_576;

/** Throws `UnsupportedMediaType` unless the body is declared as one of the media types, in UTF-8. */
export function checkMediaType(request: IncomingMessage, mediaTypes: readonly string[]): void {
  const header = request.headers['content-type'];
  if (header === undefined) throw new ApiError('UnsupportedMediaType');
  // As the contract writes it, so there is nothing to take apart.
  if (mediaTypes.includes(header)) return;
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
  if (!mediaTypes.includes(type.toLowerCase())) throw new ApiError('UnsupportedMediaType');
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw new ApiError('UnsupportedMediaType');
  // The guard caches a validator for each distinct Content-Type. Without its parameters there is one, so no client can make it grow.
  request.headers['content-type'] = type.toLowerCase();
}

/** The parsed body, or undefined when none was sent. Throws `PayloadTooLarge`, `UnsupportedMediaType` or `MalformedJson`. */
export async function readJson(request: IncomingMessage, parse: ParseJson): Promise<unknown> {
  // The parser would answer only after it had read, and thrown away, all of it.
  if (Number(request.headers['content-length']) > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  const sent = await readBytes(request);
  const coding = CODINGS.find((each) => each === request.headers['content-encoding']);
  const bytes = coding && sent.length > 0 ? await decompress(sent, coding, BODY_LIMIT) : sent;
  return bytes.length === 0 ? undefined : parse(bytes);
}

/** The body as it was sent. body-parser would take longer than all that is done with the body afterwards. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((settle, fail) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      // What follows is still read, and dropped: a client that is sending does not look for an answer.
      else fail(new ApiError('PayloadTooLarge'));
    });
    request.on('end', () => settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', (cause) => fail(new ApiError('MalformedJson', { message: CUT_OFF, cause })));
  });
}

const CUT_OFF = 'The body was cut off before its end.';
