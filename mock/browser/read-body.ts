// The body of a request on its way in, with what browsers have: size, content coding, JSON.
import { ApiError } from '../../server/edge/errors.ts';
import { expectEnd, JsonSyntaxError, skipSpace, skipValue } from '../../server/edge/json/scanner.ts';

/** Bytes that a body may have, as sent and after decompression. */
const BODY_LIMIT = 1_048_576;

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

/** The parsed body, or undefined when none was sent. Throws `PayloadTooLarge` or `MalformedJson`. */
export async function readJson(request: Request, coding: string | undefined): Promise<unknown> {
  const sent = new Uint8Array(await request.arrayBuffer());
  if (sent.length > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  if (sent.length === 0) return undefined;
  const bytes = coding === undefined ? sent : await decompress(sent, coding);
  return bytes.length === 0 ? undefined : parse(bytes);
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

function parse(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text === undefined)
    throw new ApiError('MalformedJson', { message: `The body is not UTF-8 at byte ${findBadByte(bytes)}.` });
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

/** The first byte that begins no character. */
function findBadByte(bytes: Uint8Array): number {
  let [start, end] = [0, bytes.length];
  const isCharacters = (to: number) => decode(bytes.subarray(start, to)) !== undefined;
  // All before `start` are characters, and the bad byte is before `end`.
  while (end - start > 16) {
    let middle = (start + end) >> 1;
    // A character has at most three bytes behind its first, of the form 10xxxxxx (RFC 3629).
    for (let back = 0; back < 3 && ((bytes[middle] ?? 0) & 0xc0) === 0x80; back++) middle--;
    if (isCharacters(middle)) start = middle;
    else end = middle;
  }
  for (;;) {
    const length = [1, 2, 3, 4].find((each) => start + each <= bytes.length && isCharacters(start + each));
    if (length === undefined) return start;
    start += length;
  }
}

/** Says where the text is not JSON, as the server does. Column and offset are counted in UTF-16. */
function explainSyntax(text: string): string {
  const bytes = new TextEncoder().encode(`${text}\0`);
  try {
    expectEnd(bytes, skipValue(bytes, skipSpace(bytes, 0)));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const before = new TextDecoder().decode(bytes.subarray(0, error.offset));
    const lines = before.split('\n');
    const column = (lines.at(-1)?.length ?? 0) + 1;
    const place = `line ${lines.length}, column ${column} (offset ${before.length})`;
    return `The body is not valid JSON at ${place}: ${error.message}.`;
  }
  return 'The body is not valid JSON.';
}
