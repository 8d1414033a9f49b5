// Keeps the beginning of a header until the rest of it arrives. Node reports a request when its header is complete, and
// its parser errors show the last chunk alone. Without the request line a malformed HEAD request would get a body.
import type { IncomingMessage } from 'node:http';

/** Node rejects larger headers. */
const HEADER_LIMIT = 16_384;
/** RFC 9112, section 2.1. */
const END = '\r\n\r\n';
/** Empty lines at which a header may end when its body has some too. */
const CANDIDATES = 8;
/** RFC 9112, section 3: the beginning of a request line. It may be incomplete. */
const BEGINNING = /^(?:\r\n)*[A-Z-]{1,20}(?: |$)/;

const NOTHING = Buffer.alloc(0);

/** The part of a header that has arrived on one connection. */
export class PendingHeader {
  /** One character for each byte, from the request line on. */
  text = '';
  /** The chunk that Node is parsing. */
  #chunk: Buffer = NOTHING;
  /** Number of requests whose header ended in it. */
  #requests = 0;
  /** Bytes of its last body in it. */
  #bodyBytes = 0;

  /** Call it before a chunk is parsed. */
  begin(chunk: Buffer): void {
    this.#chunk = chunk;
  }

  /** Call it when Node reports a request. */
  onRequest(): void {
    this.#requests++;
    this.#bodyBytes = 0;
  }

  /** Call it when Node reports a part of a body. */
  onBody(bytes: number): void {
    this.#bodyBytes += bytes;
  }

  /**
   * Call it after the chunk was parsed.
   *
   * @param isInBody whether it ended inside a body
   * @param isChunked whether the newest body is chunked: then it ends like a header
   */
  end(isInBody: boolean, isChunked: boolean): void {
    const text = isInBody || this.#isOneRequest(isChunked) ? '' : this.with(this.#chunk, isChunked);
    if (text !== this.text) this.text = text;
    this.#requests = 0;
    this.#bodyBytes = 0;
    this.#chunk = NOTHING;
  }

  /** The text with this chunk, or the part of it that was parsed, added. It does not end inside a body. */
  with(chunk: Buffer, isChunked: boolean): string {
    // The parser may stop at the first byte.
    if (chunk.length === 0) return this.text;
    const start = this.#startIn(chunk, isChunked);
    if (start >= chunk.length) return '';
    const added = chunk.toString('latin1', start, start + HEADER_LIMIT);
    return start === 0 ? (this.text + added).slice(0, HEADER_LIMIT) : added;
  }

  /**
   * Whether this request, which Node reports now, names RTSP or ICE instead of HTTP. Node's parser takes them for HTTP.
   */
  hasOtherProtocol({ method = '', url = '' }: IncomingMessage): boolean {
    // Most requests arrive in a chunk of their own. Two searches in it take five times as long.
    const usual = `${method} ${url} HTTP/`;
    const isFirst = this.text === '' && this.#requests === 1;
    if (isFirst && this.#chunk.toString('latin1', 0, usual.length) === usual) return false;
    if (this.text === '' && !this.#chunk.includes('RTSP/') && !this.#chunk.includes('ICE/')) return false;
    const lines = (this.text + this.#chunk.toString('latin1')).split('\r\n');
    const line = lines.find((each) => each.startsWith(`${method} `) && each.includes(` ${url} `));
    return line !== undefined && / (RTSP|ICE)\/\d\.\d$/.test(line);
  }

  /** Whether the chunk is one request, as most are: the only empty line in it stands before the whole body. */
  #isOneRequest(isChunked: boolean): boolean {
    if (this.#requests !== 1 || isChunked || this.text !== '') return false;
    return this.#chunk.indexOf(END, 0, 'latin1') === this.#chunk.length - this.#bodyBytes - END.length;
  }

  /** The position at which the incomplete header begins. */
  #startIn(chunk: Buffer, isChunked: boolean): number {
    const hasRequest = this.#requests > 0;
    const bodyBytes = isChunked ? undefined : this.#bodyBytes;
    if (!hasRequest && bodyBytes !== undefined) return bodyBytes;
    const lastBytes = hasRequest ? (bodyBytes ?? 0) : 0;
    const latest = chunk.length - lastBytes - END.length;
    const end = latest < 0 ? -1 : chunk.lastIndexOf(END, latest, 'latin1');
    if (end !== -1) return startBehind(chunk, end, lastBytes);
    if (!hasRequest) return 0;
    // The empty line began in the chunk before.
    const before = this.text.slice(-END.length + 1);
    const split = (before + chunk.toString('latin1', 0, END.length)).indexOf(END);
    return split - before.length + END.length + lastBytes;
  }
}

/** `end` is the last empty line that may be the end of the header before this body. */
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
