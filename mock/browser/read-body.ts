// The body of a request on its way in, with what browsers have: size, content coding, JSON.
import { limits } from '../../generated/limits.ts';
import { readCoding } from '../../server/edge/body/read-coding.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { describeBadUtf8, describeSyntaxError } from '../../server/edge/json/describe-malformed.ts';
import { expectEnd, JsonSyntaxError, skipSpace, skipValue } from '../../server/edge/json/scanner.ts';

/** Bytes that a body may have, as sent and after decompression. */
const BODY_LIMIT = limits.requestBodyBytes;

/** Content codings of the contract, and the names of the platform for them. */
const FORMATS: Readonly<Record<string, string>> = { gzip: 'gzip', deflate: 'deflate', br: 'brotli', zstd: 'zstd' };

/**
 * The content coding of a body; undefined without one. Throws `UnsupportedMediaType` for one that is unknown, and for
 * one that the platform cannot decompress: many lack the last two.
 */
export function readContentCoding(headers: Headers): string | undefined {
  const header = headers.get('Content-Encoding');
  return header === null ? undefined : readCoding(header, Object.keys(FORMATS).filter(canDecompress));
}

function canDecompress(coding: string): boolean {
  try {
    createDecompressor(coding);
    return true;
  } catch {
    return false;
  }
}

function createDecompressor(coding: string): DecompressionStream {
  // The types know three formats only.
  return new DecompressionStream(FORMATS[coding] as 'gzip');
}

/** The body without its content coding; empty when none was sent. Throws `PayloadTooLarge` or `MalformedJson`. */
export async function readBody(request: Request, coding: string | undefined): Promise<Uint8Array> {
  const sent = new Uint8Array(await request.arrayBuffer());
  if (sent.length > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  if (coding === undefined || sent.length === 0) return sent;
  const body = (await decompress(sent, coding)) ?? (coding === 'gzip' ? await joinMembers(sent) : undefined);
  if (body) return body;
  throw new ApiError('MalformedJson', { message: `The body is not valid ${coding}.` });
}

/** Undefined for what is not valid. Throws `PayloadTooLarge` for more bytes than the limit. */
async function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  limit: number = BODY_LIMIT,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(createDecompressor(coding));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > limit) {
        await reader.cancel();
        throw new ApiError('PayloadTooLarge');
      }
      chunks.push(value);
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    return undefined;
  }
  return join(chunks);
}

/** Each costs up to a decompression of the whole body, so a forged body must not have thousands. */
const MAX_MEMBER_ENDS = 100;
const TOO_MANY_MEMBERS = 'The body has over 100 members of gzip, or what looks like them. Compress it as a whole.';

/**
 * A body of several gzip members (RFC 1952, section 2.2), of which platforms decompress the first only. Undefined for
 * what is none. A member is found by its first bytes, and by the checksum of the one before.
 */
async function joinMembers(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  const members: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  let start = 0;
  let tried = 0;
  for (let end = 1; end <= bytes.length; end += 1) {
    if (end < bytes.length && !(bytes[end] === 0x1f && bytes[end + 1] === 0x8b && bytes[end + 2] === 8)) continue;
    if (tried++ === MAX_MEMBER_ENDS) throw new ApiError('MalformedJson', { message: TOO_MANY_MEMBERS });
    const member = await decompress(bytes.subarray(start, end), 'gzip', BODY_LIMIT - size);
    if (!member) continue;
    members.push(member);
    size += member.length;
    start = end;
  }
  return start === bytes.length ? join(members) : undefined;
}

async function join(parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The value of a body, or undefined when there is nothing in it. Throws `MalformedJson`. */
export function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = decode(bytes);
  if (text === undefined) throw new ApiError('MalformedJson', { message: describeBadUtf8(bytes) });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('MalformedJson', { message: explainSyntax(text), cause });
  }
}

/** Undefined for what is not UTF-8. A byte order mark is left out: RFC 8259, section 8.1, lets a receiver ignore it. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Says where the text is not JSON, as the server does. */
function explainSyntax(text: string): string {
  const bytes = new TextEncoder().encode(`${text}\0`);
  try {
    expectEnd(bytes, skipValue(bytes, skipSpace(bytes, 0)));
  } catch (error) {
    if (error instanceof JsonSyntaxError) return describeSyntaxError(error, bytes);
    throw error;
  }
  return 'The body is not valid JSON.';
}
