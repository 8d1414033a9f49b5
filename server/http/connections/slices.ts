// How much of what has arrived Node's parser gets at once: it cannot be stopped in the middle.

/** 64 KB have up to 2,600 requests. */
const SLICE_BYTES = 1024;
/** Inside a body of chunks that are not tiny: a slice costs 10 µs. */
const BODY_SLICE_BYTES = 16_384;
/** Bytes of a chunk on average that is not tiny. */
const LARGE_CHUNK_BYTES = 64;

/** RFC 9112, section 7.1: the size of the last chunk begins with 0, and a line with it. */
const LAST_CHUNK = Buffer.from('\n0');
const ZERO = 0x30;

/** The slices of what arrives on one connection: small ones where requests may begin, larger ones inside bodies. */
export class Slices {
  /** Bytes that are left of the body of the newest request, if it has a Content-Length. */
  #bodyLeft = 0;
  /** What has arrived of that body, and in how many pieces. */
  #bodyBytes = 0;
  #bodyPieces = 0;

  /** Call it when a request begins. `contentLength`: 0 if it has none. */
  onRequest(contentLength: number): void {
    this.#bodyLeft = contentLength;
    this.#bodyBytes = 0;
    this.#bodyPieces = 0;
  }

  /** Call it when a part of its body has arrived. */
  onBytes(bytes: number): void {
    this.#bodyLeft -= bytes;
    this.#bodyBytes += bytes;
    this.#bodyPieces++;
  }

  /** The next slice of this chunk. `isInChunks`: whether it begins inside a chunked body. */
  next(chunk: Buffer, at: number, isInChunks: boolean): Buffer {
    const bodyBytes = isInChunks ? this.#chunkedBytes(chunk, at) : this.#bodyLeft;
    const end = at + Math.max(SLICE_BYTES, bodyBytes);
    return at === 0 && end >= chunk.length ? chunk : chunk.subarray(at, end);
  }

  /** Bytes from here on that belong to a chunked body, as far as that is easily known. */
  #chunkedBytes(chunk: Buffer, at: number): number {
    if (chunk[at] === ZERO || this.#bodyBytes < this.#bodyPieces * LARGE_CHUNK_BYTES) return 0;
    const end = Math.min(chunk.length, at + BODY_SLICE_BYTES);
    const last = chunk.subarray(at, end).indexOf(LAST_CHUNK);
    return last === -1 ? end - at : last;
  }
}
