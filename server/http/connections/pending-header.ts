// Keeps the beginning of a header until the rest of it arrives. Node reports a request when its header is complete, and
// its parser errors show the last chunk alone. Without the request line a malformed HEAD request would get a body.

/** Node rejects larger headers. */
const HEADER_LIMIT = 16_384;
/** RFC 9112, section 2.1. */
const END = '\r\n\r\n';
/** Empty lines at which a header may end when its body has some too. */
const CANDIDATES = 8;
/** RFC 9112, section 3: the beginning of a request line. It may be incomplete. */
const BEGINNING = /^(?:\r\n)*[A-Z-]{1,20}(?: |$)/;

/** What Node found in a chunk, or in the part of it that was parsed. The chunk does not end inside a body. */
export interface ParsedChunk {
  /** Whether the header of a request ended in it. */
  hasRequest: boolean;
  /** Bytes of its last body in this chunk. Undefined for a chunked body, which ends like a header. */
  bodyBytes: number | undefined;
}

/** The part of a header that has arrived on one connection. */
export class PendingHeader {
  /** One character for each byte, from the request line on. */
  text = '';

  clear(): void {
    if (this.text !== '') this.text = '';
  }

  /** Call it after a chunk was parsed. */
  add(chunk: Buffer, parsed: ParsedChunk): void {
    const text = this.with(chunk, parsed);
    if (text !== this.text) this.text = text;
  }

  /** The text with this chunk added. */
  with(chunk: Buffer, parsed: ParsedChunk): string {
    // The parser may stop at the first byte.
    if (chunk.length === 0) return this.text;
    const start = this.#startIn(chunk, parsed);
    if (start >= chunk.length) return '';
    const added = chunk.toString('latin1', start, start + HEADER_LIMIT);
    return start === 0 ? (this.text + added).slice(0, HEADER_LIMIT) : added;
  }

  /** The position at which the incomplete header begins. */
  #startIn(chunk: Buffer, { hasRequest, bodyBytes }: ParsedChunk): number {
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
