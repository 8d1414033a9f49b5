// A small parser of requests by RFC 9112. It shares no code with the server, because it defines what the server must
// find in the bytes of a client.
import { listOf, type Message, type RequestHead, valuesOf } from './message.ts';
import { FIELDS_LIMIT, OTHER_VERSION, readHead, TOKEN } from './read-head.ts';

/**
 * Reads everything that a client sends on one connection. Nothing is read after a message that is malformed, unfinished
 * or the last. A mock closes the connection of a browser after a response, except after some that its app never sees.
 */
export function readRequests(bytes: Buffer, { mock }: { mock: boolean }): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readRequest(bytes, at);
    if (!read) break;
    const isKept = !mock || read.persistence !== 'keep' || !read.head || !isOfBrowser(read.head);
    const isFollowed = read.end < bytes.length;
    const message: Message = { ...read, isFollowed, persistence: isKept ? read.persistence : 'either' };
    messages.push(message);
    if (message.state !== 'complete' || message.persistence === 'close') break;
    at = message.end;
  }
  return messages;
}

/** The next message; undefined if only empty lines are left. */
function readRequest(bytes: Buffer, from: number): Message | undefined {
  const doubts: string[] = [];
  let start = from;
  while (bytes[start] === CR || bytes[start] === LF) start++;
  if (start === bytes.length) return undefined;
  // Section 2.2: a server should ignore one empty line before a request line.
  const skipped = bytes.toString('latin1', from, start);
  if (skipped !== '' && skipped !== '\r\n') doubts.push('more than one empty line before the request line');
  // Section 3: a recipient may ignore white space before the request line.
  const [, method] = /^[ \t\v\f]*([^ \t\v\f\r\n]+) /.exec(bytes.toString('latin1', start, start + METHOD_LIMIT)) ?? [];
  const blank: Omit<Message, 'state'> = {
    method,
    doubts,
    head: undefined,
    body: Buffer.alloc(0),
    hasSmallChunks: false,
    persistence: 'close',
    isFollowed: false,
    end: bytes.length,
  };

  const read = readHead(bytes, start);
  if (read.kind === 'malformed') return { ...blank, state: 'malformed', reason: read.reason };
  if (read.kind === 'unfinished') return { ...blank, state: 'unfinished' };
  doubts.push(...read.doubts);
  const { head } = read;
  blank.method = head.method;
  blank.violation = read.violation;
  const framing = findFraming(head, doubts);
  if (framing.kind === 'malformed') return { ...blank, state: 'malformed', reason: framing.reason };
  const doubtsOfHead = doubts.length;
  const sizes = new ChunkSizes();
  const body =
    framing.kind === 'length'
      ? readLength(bytes, read.end, framing.length)
      : readChunked(bytes, read.end, { doubts, sizes });
  blank.hasSmallChunks = sizes.areSmall;
  const asked = findPersistence(head);
  // Errors in a body may be found when the response has already begun.
  const mayClose = read.violation !== undefined || doubts.includes(OTHER_VERSION) || doubts.length > doubtsOfHead;
  const persistence = asked === 'keep' && mayClose ? 'either' : asked;
  if (body.kind === 'malformed') return { ...blank, head, state: 'malformed', reason: body.reason };
  if (body.kind === 'unfinished') return { ...blank, head, body: body.bytes, state: 'unfinished' };
  return { ...blank, head, body: body.bytes, state: 'complete', persistence, end: body.end };
}

/** The maximum length of a method. */
const METHOD_LIMIT = 32;
const CR = 13;
const LF = 10;

type Framing = { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'malformed'; reason: string };

/** Finds how the body is framed (section 6.3). */
function findFraming(head: RequestHead, doubts: string[]): Framing {
  const lengths = valuesOf(head, 'content-length');
  const codings = valuesOf(head, 'transfer-encoding');
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      return { kind: 'malformed', reason: 'a transfer coding other than chunked' };
    if (lengths.length > 0) return { kind: 'malformed', reason: 'both Content-Length and Transfer-Encoding' };
    // Section 6.1: a client must not send `Transfer-Encoding` in HTTP/1.0.
    if (head.version === '1.0') doubts.push('Transfer-Encoding in HTTP/1.0');
    return { kind: 'chunked' };
  }
  const [length] = lengths;
  if (length === undefined) return { kind: 'length', length: 0 };
  if (!/^\d+$/.test(length) || lengths.some((each) => each !== length))
    return { kind: 'malformed', reason: 'an invalid Content-Length' };
  if (lengths.length > 1) doubts.push('the same Content-Length twice');
  if (BigInt(length) >= 2n ** 64n) return { kind: 'malformed', reason: 'a Content-Length over 64 bits' };
  return { kind: 'length', length: Number(length) };
}

type Body =
  | { kind: 'body'; bytes: Buffer; end: number }
  | { kind: 'unfinished'; bytes: Buffer }
  | { kind: 'malformed'; reason: string };

function readLength(bytes: Buffer, from: number, length: number): Body {
  const end = from + length;
  if (end > bytes.length) return { kind: 'unfinished', bytes: bytes.subarray(from) };
  return { kind: 'body', bytes: bytes.subarray(from, end), end };
}

const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const EXTENSION = `;${TOKEN}(?:=(?:${TOKEN}|${QUOTED}))?`;
const CHUNK_LINE = new RegExp(`^([0-9A-Fa-f]+)((?:${EXTENSION})*)$`);
const TRAILER_LINE = new RegExp(`^${TOKEN}:[\\t\\x20-\\x7e\\x80-\\xff]*$`);
/** The size of trailers above which a message may be rejected. Node accepts 16 KiB for the head and its trailers. */
const TRAILERS_LIMIT = 8000;
const FRAMING_FIELD = /^(content-length|transfer-encoding|host|trailer|te|connection):/i;
/** The size of a message's chunk extensions above which it may be rejected. Node accepts 16 KiB. */
const EXTENSIONS_LIMIT = 16_000;

/**
 * Limits for the chunks of a body: the number of those of any size, the average bytes of the others, and the most
 * chunks.
 */
const SMALL_CHUNKS = 512;
const CHUNK_BYTES = 32;
const CHUNK_LIMIT = 10_240;

/** Counts the chunks of one body. */
class ChunkSizes {
  #count = 0;
  #bytes = 0;
  /** Whether they are so small or so many that the body may be rejected. */
  areSmall = false;

  add(size: number): void {
    this.#count++;
    this.#bytes += size;
    if (this.#count > SMALL_CHUNKS && this.#bytes < this.#count * CHUNK_BYTES) this.areSmall = true;
    if (this.#count > CHUNK_LIMIT) this.areSmall = true;
  }
}

/** Reads chunks (section 7.1). */
function readChunked(bytes: Buffer, from: number, { doubts, sizes }: { doubts: string[]; sizes: ChunkSizes }): Body {
  const chunks: Buffer[] = [];
  let extensions = 0;
  const unfinished = (): Body => ({ kind: 'unfinished', bytes: Buffer.concat(chunks) });
  for (let at = from; ; ) {
    const line = readLine(bytes, at);
    if (!line) return unfinished();
    const [, digits, extension = ''] = CHUNK_LINE.exec(line.text) ?? [];
    if (digits === undefined) {
      // White space is allowed around the parts of an extension (BWS), for a recipient to remove.
      if (!/^[0-9A-Fa-f]+[ \t]*(;|$)/.test(line.text)) return { kind: 'malformed', reason: 'a chunk size' };
      return { kind: 'malformed', reason: 'a chunk extension' };
    }
    extensions += extension.length;
    if (extensions > EXTENSIONS_LIMIT) doubts.push('very long chunk extensions');
    if (BigInt(`0x${digits}`) >= 2n ** 64n) return { kind: 'malformed', reason: 'a chunk size over 64 bits' };
    const size = Number.parseInt(digits, 16);
    if (size === 0) return readTrailers(bytes, line.end, Buffer.concat(chunks), doubts);
    sizes.add(size);
    const end = line.end + size;
    chunks.push(bytes.subarray(line.end, Math.min(end, bytes.length)));
    const mark = bytes.toString('latin1', end, end + 2);
    if (!'\r\n'.startsWith(mark)) return { kind: 'malformed', reason: 'a chunk that does not end where its size says' };
    if (mark.length < 2) return unfinished();
    at = end + 2;
  }
}

function readTrailers(bytes: Buffer, from: number, body: Buffer, doubts: string[]): Body {
  let count = 0;
  for (let at = from; ; ) {
    const line = readLine(bytes, at);
    // Too many trailers are an error before the last one has been received.
    if (count++ === FIELDS_LIMIT) doubts.push('very many trailers');
    if (!line) return { kind: 'unfinished', bytes: body };
    // Node counts trailers with the head.
    if (line.end - from > TRAILERS_LIMIT) doubts.push('very long trailers');
    if (line.text === '') return { kind: 'body', bytes: body, end: line.end };
    if (!TRAILER_LINE.test(line.text)) return { kind: 'malformed', reason: 'a trailer' };
    // Fields that trailers must not contain: RFC 9110, section 6.5.1.
    if (FRAMING_FIELD.test(line.text)) doubts.push('a trailer that may not be one');
    at = line.end;
  }
}

function readLine(bytes: Buffer, from: number): { text: string; end: number } | undefined {
  const lineFeed = bytes.indexOf('\n', from);
  if (lineFeed < 0) return undefined;
  const text = bytes.toString('latin1', from, lineFeed);
  // A lone LF does not end a line, so that the text matches no trailer.
  return { text: text.endsWith('\r') ? text.slice(0, -1) : `${text}\n`, end: lineFeed + 1 };
}

/**
 * Whether a browser sent it, by the fields that browsers add (Fetch standard, section 3.2, and Fetch Metadata, section
 * 2.4).
 */
function isOfBrowser(head: RequestHead): boolean {
  return valuesOf(head, 'origin').length > 0 || valuesOf(head, 'sec-fetch-site').length > 0;
}

/** Whether the connection persists (section 9.3). */
function findPersistence(head: RequestHead): Message['persistence'] {
  // A server that responds before it reads the body cannot know whether the client sends it (RFC 9110, section 10.1.1).
  if (listOf(head, 'expect').length > 0) return 'either';
  // After an offer to change the protocol, it is unclear which protocol the next bytes belong to.
  if (valuesOf(head, 'upgrade').length > 0) return 'either';
  const options = listOf(head, 'connection');
  const [closes, keeps] = [options.includes('close'), options.includes('keep-alive')];
  if (closes) return keeps ? 'either' : 'close';
  if (head.version === '1.1') return 'keep';
  return keeps ? 'either' : 'close';
}
