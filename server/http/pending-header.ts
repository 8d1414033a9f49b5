// Keeps the beginning of a header until the rest of it arrives. Node reports a request when its header is complete, and
// its parser errors show the last packet alone. Without the first line nobody knows that a malformed request was HEAD.

/** Node refuses larger headers. */
const HEADER_LIMIT = 16_384;
/** RFC 9112, section 2.1. */
const END = '\r\n\r\n';
/** Empty lines at which a header may end when its body has some too. */
const CANDIDATES = 8;
/** RFC 9112, section 3: what a request begins with. It may be cut off. */
const BEGINNING = /^(?:\r\n)*[A-Z-]{1,20}(?: |$)/;

/** What became of a packet, or the part of it that was parsed. It ends in no body. */
export interface ParsedPacket {
  /** Whether the header of a request ended in it. */
  hasRequest: boolean;
  /** Bytes of its last body in this packet. Undefined for one in chunks, which ends like a header. */
  bodyBytes: number | undefined;
}

/** The part of a header that has arrived on one connection. */
export class PendingHeader {
  /** One character for each byte, from the request line on. */
  text = '';

  clear(): void {
    if (this.text !== '') this.text = '';
  }

  /** To be called when a packet was parsed. */
  add(packet: Buffer, parsed: ParsedPacket): void {
    const text = this.with(packet, parsed);
    if (text !== this.text) this.text = text;
  }

  /** What the text is after this packet. */
  with(packet: Buffer, parsed: ParsedPacket): string {
    const start = this.#startIn(packet, parsed);
    if (start >= packet.length) return '';
    const added = packet.toString('latin1', start, start + HEADER_LIMIT);
    return start === 0 ? (this.text + added).slice(0, HEADER_LIMIT) : added;
  }

  /** Where the header begins that is not complete. */
  #startIn(packet: Buffer, { hasRequest, bodyBytes }: ParsedPacket): number {
    if (!hasRequest && bodyBytes !== undefined) return bodyBytes;
    const lastBytes = hasRequest ? (bodyBytes ?? 0) : 0;
    const latest = packet.length - lastBytes - END.length;
    const end = latest < 0 ? -1 : packet.lastIndexOf(END, latest, 'latin1');
    if (end !== -1) return startBehind(packet, end, lastBytes);
    if (!hasRequest) return 0;
    // The empty line began in the packet before.
    const before = this.text.slice(-END.length + 1);
    const split = (before + packet.toString('latin1', 0, END.length)).indexOf(END);
    return split - before.length + END.length + lastBytes;
  }
}

/** `end` is the last empty line that may be the end of the header before this body. */
function startBehind(packet: Buffer, end: number, bodyBytes: number): number {
  const start = end + END.length + bodyBytes;
  if (bodyBytes === 0) return start;
  let candidate = end;
  for (let count = 0; candidate > 0 && count < CANDIDATES; count++) {
    const at = candidate + END.length + bodyBytes;
    // A complete header would have been told of.
    if (BEGINNING.test(packet.toString('latin1', at, at + 30)) && packet.indexOf(END, at, 'latin1') === -1) return at;
    candidate = packet.lastIndexOf(END, candidate - 1, 'latin1');
  }
  return start;
}
