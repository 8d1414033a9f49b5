// Reads a request body with browser APIs: checks its size, decodes its content coding and parses its JSON.
import { limits } from '../../generated/limits.ts';
import { describeInvalid, readCoding } from '../../server/edge/body/read-coding.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { describeBadUtf8, describeSyntaxError } from '../../server/edge/json/describe-malformed.ts';
import { expectEnd, JsonSyntaxError, skipSpace, skipValue } from '../../server/edge/json/scanner.ts';
import { parseJson } from '../../server/text/parse-json.ts';

/** The maximum size in bytes, which applies both before and after decompression. */
const BODY_LIMIT = limits.requestBodyBytes;

/** The content codings of the contract, with the names that `DecompressionStream` has for them. */
const FORMATS: Readonly<Record<string, string>> = { gzip: 'gzip', deflate: 'deflate', br: 'brotli', zstd: 'zstd' };

/**
 * Returns the content coding of a body, or undefined if it has none. Throws `UnsupportedMediaType` for an unknown
 * coding and for one that the platform cannot decompress: many platforms lack Brotli and zstd.
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
  // The type declares only some of the formats.
  return new DecompressionStream(FORMATS[coding] as 'gzip');
}

/**
 * Returns the decoded body; empty if none was sent. Throws `PayloadTooLarge` or `MalformedJson`.
 *
 * @param signal stops reading
 */
export async function readBody(request: Request, coding: string | undefined, signal: AbortSignal): Promise<Uint8Array> {
  const sent = await readSent(request, signal);
  if (coding === undefined || sent.length === 0) return sent;
  const body = (await decompress(sent, coding)) ?? (coding === 'gzip' ? await joinMembers(sent) : undefined);
  if (body) return body;
  throw new ApiError('MalformedJson', { message: describeInvalid(coding) });
}

async function readSent(request: Request, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = request;
  // Not every browser has `body`. Without it, no body is a stream. A body that was read before causes a TypeError.
  if (body && !body.locked && !request.bodyUsed) return readStream(body, BODY_LIMIT, signal);
  const sent = new Uint8Array(await request.arrayBuffer());
  if (sent.length > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  return sent;
}

/** Timers that a test fakes later would stop reading. */
const { setTimeout } = globalThis;
/** The time in milliseconds after which timers and events get their turn: about half a frame. */
const TURN_MS = 8;

/** Reads a stream to its end. Throws `PayloadTooLarge`, and cancels the rest, as soon as it exceeds the limit. */
async function readStream(
  stream: ReadableStream<Uint8Array>,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  // Later, because Node.js throws where nobody can catch it if a stream of its own is canceled while it reads on. The
  // source may fail to cancel, or never end doing so, which is not the problem of this request.
  const cancel = () => void setTimeout(() => reader.cancel(signal?.reason).catch(() => {}), 0);
  signal?.addEventListener('abort', cancel);
  let bytes = new Uint8Array(0);
  let size = 0;
  for (let sinceMs = Date.now(); ; ) {
    const { done, value } = await reader.read();
    if (done) return bytes.slice(0, size);
    // The `Uint8Array` of another realm is one as well.
    if (Object(value)[Symbol.toStringTag] !== 'Uint8Array') throw new TypeError('Received non-Uint8Array chunk');
    if (size + value.length > limit) {
      cancel();
      throw new ApiError('PayloadTooLarge');
    }
    if (size + value.length > bytes.length) {
      const larger = new Uint8Array(2 * (size + value.length));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(value, size);
    size += value.length;
    if (Date.now() - sinceMs < TURN_MS) continue;
    await new Promise((settle) => setTimeout(settle, 0));
    sinceMs = Date.now();
  }
}

/** Returns undefined for invalid compressed data. Throws `PayloadTooLarge` when the output exceeds the limit. */
async function decompress(
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  limit: number = BODY_LIMIT,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readStream(new Blob([bytes]).stream().pipeThrough(createDecompressor(coding)), limit);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    return undefined;
  }
}

/** Each candidate may cost a decompression of the whole body, so a crafted body must not contain thousands of them. */
const MAX_MEMBER_ENDS = 100;
const TOO_MANY_MEMBERS = 'The body has over 100 members of gzip, or what looks like them. Compress it as a whole.';

/**
 * Decompresses a body of several gzip members (RFC 1952, section 2.2), of which platforms decompress only the first.
 * Returns undefined for any other body. A member is recognized by its first bytes and by the checksum of the preceding
 * one.
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

/** Returns the parsed value, or undefined for an empty body. Throws `MalformedJson`. */
export function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  const text = decode(bytes);
  if (text === undefined) throw new ApiError('MalformedJson', { message: describeBadUtf8(bytes) });
  try {
    return parseJson(text);
  } catch (cause) {
    throw new ApiError('MalformedJson', { message: explainSyntax(text), cause });
  }
}

/** Returns undefined for invalid UTF-8. Drops a byte order mark: RFC 8259, section 8.1, lets a receiver ignore it. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Describes where the text stops being valid JSON, with the same message as the server. */
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
