// The request body on its way in: media type, size, JSON. Each fault has an error of its own.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import express, { type Request, type Response } from 'express';
import { type ParseErrorCode, printParseErrorCode, visit } from 'jsonc-parser';
import { ApiError } from './errors.ts';

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
export async function readJson(request: Request, response: Response): Promise<unknown> {
  // The parser would answer only after it had read, and thrown away, all of it.
  if (Number(request.headers['content-length']) > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  const encoded = request.headers['content-encoding'] !== undefined;
  const bytes = encoded ? await readEncoded(request, response) : await readPlain(request);
  return bytes.length === 0 ? undefined : parseJson(bytes);
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

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new ApiError('MalformedJson', { message: `The body is not UTF-8 at byte ${findBadByte(bytes)}.` });
  }
  // A byte order mark is no JSON, but RFC 8259, section 8.1, lets a receiver ignore it.
  const isMarked = bytes[0] === BYTE_ORDER_MARK[0] && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const text = bytes.toString('utf8', isMarked ? 3 : 0);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('MalformedJson', { message: describeSyntaxError(text), cause });
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function findBadByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  // Everything before `low` is whole characters. A cut inside a character looks bad too, so the search ends at the first byte of the bad one.
  const decoder = (end: number) =>
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    try {
      decoder(middle);
      low = middle;
    } catch {
      high = middle;
    }
  }
  return low;
}

/** V8 tells the position of some syntax errors only, so another parser is asked where the first one is. */
function findSyntaxError(text: string): { error: ParseErrorCode; offset: number } | undefined {
  const found: { error: ParseErrorCode; offset: number }[] = [];
  const stop = new Error('The first is enough: a body may have half a million.');
  const onError = (error: ParseErrorCode, offset: number) => {
    found.push({ error, offset });
    throw stop;
  };
  try {
    visit(text, { onError }, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (error) {
    // That parser is recursive. What is nested so deep that it gives up, and is no JSON, was almost surely never closed.
    if (!(error === stop || error instanceof RangeError)) throw error;
  }
  return found[0];
}

function describeSyntaxError(text: string): string {
  const first = findSyntaxError(text);
  const offset = first ? Math.min(first.offset, text.length) : text.length;
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const reason = first
    ? `: ${printParseErrorCode(first.error).replace(/(?<=.)([A-Z])/g, (capital) => ` ${capital.toLowerCase()}`)}`
    : '';
  return `The body is not valid JSON at line ${line}, column ${column} (offset ${offset})${reason}.`;
}
