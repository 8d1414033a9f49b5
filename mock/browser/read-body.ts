// The body of a request on its way in, with what browsers have: size, content coding, JSON.
import { limits } from '../../generated/limits.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { describeBadUtf8, describeSyntaxError } from '../../server/edge/json/describe-malformed.ts';
import { expectEnd, JsonSyntaxError, skipSpace, skipValue } from '../../server/edge/json/scanner.ts';

/** Bytes that a body may have, as sent and after decompression. */
const BODY_LIMIT = limits.requestBodyBytes;

/** Content codings of the contract. Browsers have no decompressor for the last two. */
const CODINGS = ['gzip', 'deflate', 'br', 'zstd'];

/** The content coding of a body; undefined without one. Throws `UnsupportedMediaType` for an unknown one. */
export function readContentCoding(headers: Headers): string | undefined {
  const name = headers.get('Content-Encoding')?.toLowerCase() ?? '';
  if (name === '' || name === 'identity') return undefined;
  // RFC 9110, section 8.4.1.3.
  const coding = name === 'x-gzip' ? 'gzip' : name;
  if (CODINGS.includes(coding)) return coding;
  throw new ApiError('UnsupportedMediaType', {
    message: `The Content-Encoding of the body is not supported. Use one of ${CODINGS.join(', ')}, or none.`,
    headers: { 'Accept-Encoding': CODINGS.join(', ') },
  });
}

/** The body without its content coding; empty when none was sent. Throws `PayloadTooLarge` or `MalformedJson`. */
export async function readBody(request: Request, coding: string | undefined): Promise<Uint8Array> {
  const sent = new Uint8Array(await request.arrayBuffer());
  if (sent.length > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  return coding === undefined || sent.length === 0 ? sent : decompress(sent, coding);
}

async function decompress(bytes: Uint8Array<ArrayBuffer>, coding: string): Promise<Uint8Array> {
  const format = coding === 'br' ? 'brotli' : coding;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The types know the formats of the standard only; Node has more.
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format as 'gzip'));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > BODY_LIMIT) {
        await reader.cancel();
        throw new ApiError('PayloadTooLarge');
      }
      chunks.push(value);
    }
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('MalformedJson', { message: `The body is not valid ${coding}.`, cause });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
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
