// Limits how much data Node's parser gets at once, because it cannot be stopped in the middle.

/** The size of a slice in which requests may begin, behind the first header. 64 KB may contain 2,600 requests. */
const SLICE_BYTES = 1024;
/** The size of a slice in which no header ends, so that no further request begins. Larger headers are rejected. */
const HEADER_BYTES = 16_384;
/** The size of a slice inside a chunked body whose chunks are not tiny, or else `SLICE_BYTES`. Each costs 10 µs. */
const BODY_SLICE_BYTES = 16_384;
/** The average size from which on chunks are not tiny. */
const LARGE_CHUNK_BYTES = 64;

/** The end of a header: RFC 9112, section 2.1. */
const HEADER_END = Buffer.from('\r\n\r\n');

/** The beginning of the last chunk, a line that starts with 0: RFC 9112, section 7.1. */
const LAST_CHUNK = Buffer.from('\n0');
const ZERO = 0x30;

/** Slices the data of one connection: small slices where requests may begin, larger ones inside bodies. */
export class Slices {
  /** The remaining bytes of the newest body, if it has a Content-Length. */
  #bodyLeft = 0;
  /** The number of bytes, and of pieces, of that body that have arrived. */
  #bodyBytes = 0;
  #bodyPieces = 0;

  /** Must be called when a request begins. `contentLength` is 0 if it has none. */
  onRequest(contentLength: number): void {
    this.#bodyLeft = contentLength;
    this.#bodyBytes = 0;
    this.#bodyPieces = 0;
  }

  /** Must be called when a part of its body has arrived. */
  onBytes(bytes: number): void {
    this.#bodyLeft -= bytes;
    this.#bodyBytes += bytes;
    this.#bodyPieces++;
  }

  /** Returns the next slice of this chunk. `isInChunks` is whether it begins inside a chunked body. */
  next(chunk: Buffer, at: number, isInChunks: boolean): Buffer {
    const bodyBytes = isInChunks ? this.#chunkedBytes(chunk, at) : this.#bodyLeft;
    const second = endOfSecondHeader(chunk, at + Math.max(0, bodyBytes));
    // The chunks of a body are counted after each slice, and rejected if they are too many.
    const end = isInChunks ? Math.min(second, at + Math.max(SLICE_BYTES, bodyBytes)) : second;
    return at === 0 && end >= chunk.length ? chunk : chunk.subarray(at, end);
  }

  /** Returns the number of bytes from here on that certainly belong to a chunked body. */
  #chunkedBytes(chunk: Buffer, at: number): number {
    if (chunk[at] === ZERO) return 0;
    const isTiny = this.#bodyBytes < this.#bodyPieces * LARGE_CHUNK_BYTES;
    const end = Math.min(chunk.length, at + (isTiny ? SLICE_BYTES : BODY_SLICE_BYTES));
    const last = chunk.subarray(at, end).indexOf(LAST_CHUNK);
    return last === -1 ? end - at : last;
  }
}

/**
 * Returns the offset at which the second header from here ends, or at which a slice ends if that is earlier. If slices
 * ended after the first header, most requests would take two, because their body arrives with the header.
 */
function endOfSecondHeader(chunk: Buffer, begin: number): number {
  const first = chunk.subarray(begin, begin + HEADER_BYTES).indexOf(HEADER_END);
  if (first === -1) return begin + HEADER_BYTES;
  const rest = begin + first + HEADER_END.length;
  const second = chunk.subarray(rest, rest + SLICE_BYTES).indexOf(HEADER_END);
  return second === -1 ? rest + SLICE_BYTES : rest + second + HEADER_END.length;
}

/**
 * Returns the offset behind the line breaks that follow an empty line, outside a body. The parser ignores them before a
 * request (RFC 9112, section 2.2), but each pair of empty lines would be a slice of its own: 20 ms for 64 KB.
 */
export function skipEmptyLines(chunk: Buffer, begin: number): number {
  if (!isLineBreak(chunk[begin]) || begin < HEADER_END.length) return begin;
  if (!chunk.subarray(begin - HEADER_END.length, begin).equals(HEADER_END)) return begin;
  let at = begin;
  while (isLineBreak(chunk[at])) at++;
  return at;
}

const isLineBreak = (byte: number | undefined) => byte === 0x0d || byte === 0x0a;
