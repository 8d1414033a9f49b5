// Keeps the beginning of a header until the rest of it arrives. Node reports a request only when its header is
// complete, and its parser errors contain only the last chunk. Without the request line, a malformed HEAD request would
// get a body.
import type { IncomingMessage } from 'node:http';

/** The maximum size of a header: 16 KiB, which Node enforces, and the separators, which it does not count. */
const HEADER_LIMIT = 16_384 + 1024;
/** The end of a header: RFC 9112, section 2.1. */
const END = '\r\n\r\n';
/** The number of empty lines that are tried as the end of a header, because its body may contain some too. */
const CANDIDATES = 8;
/** The beginning of a request line, which may be incomplete: RFC 9112, section 3. */
const BEGINNING = /^(?:\r\n)*[A-Z-]{1,20}(?: |$)/;

const NOTHING = Buffer.alloc(0);

/** The partial header that has arrived on one connection. */
export class PendingHeader {
  /** The text, one character for each byte, beginning with the request line. */
  text = '';
  /** The chunk that Node is parsing. */
  #chunk: Buffer = NOTHING;
  /** The received data of which the chunk is a slice. */
  #received: Buffer = NOTHING;
  /** The number of requests whose header ended in the chunk. */
  #requests = 0;
  /** The number of bytes in the chunk that belong to its last body. */
  #bodyBytes = 0;

  /** Must be called before a chunk is parsed, which is a slice of the received data. */
  begin(chunk: Buffer, received: Buffer): void {
    this.#chunk = chunk;
    this.#received = received;
  }

  /** Must be called when Node reports a request. */
  onRequest(): void {
    this.#requests++;
    this.#bodyBytes = 0;
  }

  /** Must be called when Node reports a part of a body. */
  onBody(bytes: number): void {
    this.#bodyBytes += bytes;
  }

  /**
   * Must be called after the chunk has been parsed.
   *
   * @param isInBody whether the chunk ended inside a body
   * @param isChunked whether the newest body is chunked, so that it ends like a header
   */
  end(isInBody: boolean, isChunked: boolean): void {
    const text = isInBody || this.#isOneRequest(isChunked) ? '' : this.with(this.#chunk, isChunked);
    if (text !== this.text) this.text = text;
    this.#requests = 0;
    this.#bodyBytes = 0;
    this.#chunk = NOTHING;
    this.#received = NOTHING;
  }

  /** Returns the text with this chunk, or its parsed part, appended. The chunk must not end inside a body. */
  with(chunk: Buffer, isChunked: boolean): string {
    // The parser may stop at the first byte.
    if (chunk.length === 0) return this.text;
    const start = this.#startIn(chunk, isChunked);
    if (start >= chunk.length) return '';
    const added = chunk.toString('latin1', start, start + HEADER_LIMIT);
    return start === 0 ? (this.text + added).slice(0, HEADER_LIMIT) : added;
  }

  /** Returns the text with all received data appended. @param position the offset in the chunk of the parse error */
  withRest(position: number, isChunked: boolean): string {
    const end = this.#chunk.byteOffset - this.#received.byteOffset + position;
    return this.with(this.#chunk.subarray(0, position), isChunked) + this.#received.toString('latin1', end);
  }

  /**
   * Returns whether the request that Node is reporting has RTSP or ICE as its protocol, which Node's parser accepts as
   * HTTP.
   */
  hasOtherProtocol({ method = '', url = '' }: IncomingMessage): boolean {
    // A fast path: most requests arrive in a chunk of their own, and two searches in it would take five times as long.
    const usual = `${method} ${url} HTTP/`;
    const isFirst = this.text === '' && this.#requests === 1;
    if (isFirst && this.#chunk.toString('latin1', 0, usual.length) === usual) return false;
    if (this.text === '' && !this.#chunk.includes('RTSP/') && !this.#chunk.includes('ICE/')) return false;
    const lines = (this.text + this.#chunk.toString('latin1')).split('\r\n');
    const line = lines.find((each) => each.startsWith(`${method} `) && each.includes(` ${url} `));
    return line !== undefined && / (RTSP|ICE)\/\d\.\d$/.test(line);
  }

  /** Returns whether the chunk is exactly one request, as most are: its only empty line precedes the whole body. */
  #isOneRequest(isChunked: boolean): boolean {
    if (this.#requests !== 1 || isChunked || this.text !== '') return false;
    return this.#chunk.indexOf(END, 0, 'latin1') === this.#chunk.length - this.#bodyBytes - END.length;
  }

  /** Returns the offset at which the incomplete header begins. */
  #startIn(chunk: Buffer, isChunked: boolean): number {
    const hasRequest = this.#requests > 0;
    const bodyBytes = isChunked ? undefined : this.#bodyBytes;
    if (!hasRequest && bodyBytes !== undefined) return bodyBytes;
    const lastBytes = hasRequest ? (bodyBytes ?? 0) : 0;
    const latest = chunk.length - lastBytes - END.length;
    const end = latest < 0 ? -1 : chunk.lastIndexOf(END, latest, 'latin1');
    if (end !== -1) return startBehind(chunk, end, lastBytes);
    if (!hasRequest) return 0;
    // The empty line began in the previous chunk.
    const before = this.text.slice(-END.length + 1);
    const split = (before + chunk.toString('latin1', 0, END.length)).indexOf(END);
    return split - before.length + END.length + lastBytes;
  }
}

/** @param end the offset of the last empty line that may end the header before this body */
function startBehind(chunk: Buffer, end: number, bodyBytes: number): number {
  const start = end + END.length + bodyBytes;
  if (bodyBytes === 0) return start;
  let candidate = end;
  for (let count = 0; candidate > 0 && count < CANDIDATES; count++) {
    const at = candidate + END.length + bodyBytes;
    // A complete header would have been reported.
    if (BEGINNING.test(chunk.toString('latin1', at, at + 30)) && chunk.indexOf(END, at, 'latin1') === -1) return at;
    candidate = chunk.lastIndexOf(END, candidate - 1, 'latin1');
  }
  return start;
}
