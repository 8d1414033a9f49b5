// The request body on its way in: media type, size, JSON. Each violation has an error of its own.
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import express, { type Request, type Response } from 'express';
import { ApiError } from './errors.ts';
import type { ParseJson } from './json/parse.ts';

/** Bytes that a body may have, as sent and after decompression. The largest valid request needs about 400,000. */
export const BODY_LIMIT = 1_048_576;

const readRaw = express.raw({ type: () => true, limit: BODY_LIMIT });

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
export async function readJson(request: Request, response: Response, parse: ParseJson): Promise<unknown> {
  // The parser would answer only after it had read, and thrown away, all of it.
  if (Number(request.headers['content-length']) > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  const encoded = request.headers['content-encoding'] !== undefined;
  const bytes = encoded ? await readEncoded(request, response) : await readPlain(request);
  return bytes.length === 0 ? undefined : parse(bytes);
}

/** What comes as it is needs no body-parser, which costs more than all that is done with the body afterwards. */
function readPlain(request: IncomingMessage): Promise<Buffer> {
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

async function readEncoded(request: Request, response: Response): Promise<Buffer> {
  await new Promise<void>((settle, fail) =>
    readRaw(request, response, (error?: unknown) => (error ? fail(readError(error)) : settle())),
  );
  const bytes: unknown = request.body;
  return bytes instanceof Buffer ? bytes : Buffer.alloc(0);
}

const CUT_OFF = 'The body was cut off before its end.';

/** body-parser names its errors by `type`, except those of the decompressor, which have a status alone. */
function readError(cause: unknown): unknown {
  if (!(cause instanceof Error && 'status' in cause)) return cause;
  switch ('type' in cause ? cause.type : undefined) {
    case 'entity.too.large':
      return new ApiError('PayloadTooLarge', { cause });
    case 'encoding.unsupported':
      return new ApiError('UnsupportedMediaType', { cause });
    case 'request.size.invalid':
      return new ApiError('MalformedJson', {
        message: 'The body does not have the size that its Content-Length says.',
        cause,
      });
    case 'request.aborted':
      return new ApiError('MalformedJson', { message: CUT_OFF, cause });
    case undefined:
      return new ApiError('MalformedJson', {
        message: 'The body does not decompress as its Content-Encoding says.',
        cause,
      });
    default:
      return cause;
  }
}
