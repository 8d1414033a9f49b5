// Parses responses strictly by RFC 9112, without Node's HTTP parser.
/** A response as received. */
export interface WireResponse {
  status: number;
  /** The fields in the received order. */
  fields: readonly (readonly [name: string, value: string])[];
  body: Buffer;
  /** Statuses of the preceding interim responses (1xx). */
  interim: readonly number[];
  /**
   * Whether it is the last response of the connection, because of `Connection: close`, or because the close delimits
   * its body.
   */
  last: boolean;
}

/** Thrown when received bytes are not a response of RFC 9112. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** The value of a field, or undefined. Several fields of one name are joined (RFC 9110, section 5.3). */
export function fieldOf({ fields }: Pick<WireResponse, 'fields'>, name: string): string | undefined {
  const values = fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  return values.length > 0 ? values.join(', ') : undefined;
}

/**
 * Parses the responses of a connection incrementally.
 *
 * @example
 * const reader = new ResponseReader();
 * socket.on('data', (chunk) => reader.push(chunk));
 * socket.on('end', () => reader.end());
 * reader.next('POST'); // undefined until the response is complete
 */
export class ResponseReader {
  #pieces: Buffer[] = [];
  #ended = false;

  push(piece: Buffer): void {
    this.#pieces.push(piece);
  }

  /** Marks that the peer has closed its side. */
  end(): void {
    this.#ended = true;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The received bytes that are not parsed yet. */
  rest(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  /**
   * The next response, to a request with this method; undefined while it is incomplete.
   * @throws WireError when the bytes are not a response
   */
  next(method: string | undefined): WireResponse | undefined {
    const interim: number[] = [];
    let at = 0;
    for (;;) {
      const head = readHead(this.rest(), at);
      if (!head) return undefined;
      if (head.status >= 200) {
        const body = readBody(this.rest(), head, method, this.#ended);
        if (!body) return undefined;
        this.#pieces = [this.rest().subarray(body.end)];
        const { status, fields } = head;
        return { status, fields, body: body.bytes, interim, last: body.last || hasConnectionClose(head) };
      }
      if (fieldOf(head, 'content-length') !== undefined || fieldOf(head, 'transfer-encoding') !== undefined)
        throw new WireError(`The interim response ${head.status} has a body.`);
      interim.push(head.status);
      at = head.end;
    }
  }
}

interface Head extends Pick<WireResponse, 'status' | 'fields'> {
  /** The position of the body. */
  end: number;
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;
const END_OF_HEAD = '\r\n\r\n';

function readHead(bytes: Buffer, from: number): Head | undefined {
  const end = bytes.indexOf(END_OF_HEAD, from);
  const known = bytes.toString('latin1', from, end < 0 ? Math.min(bytes.length, from + 9) : end);
  if (!'HTTP/1.1 '.startsWith(known.slice(0, 9))) throw new WireError(`${show(known)} does not begin a response.`);
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = known.split('\r\n');
  const [, status] = STATUS_LINE.exec(statusLine) ?? [];
  if (status === undefined) throw new WireError(`${show(statusLine)} is not a status line.`);
  const fields = lines.map((line) => {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new WireError(`${show(line)} is not a header line.`);
    return [name, value.replace(/^[\t ]+|[\t ]+$/g, '')] as const;
  });
  return { status: Number(status), fields, end: end + END_OF_HEAD.length };
}

interface Body {
  bytes: Buffer;
  end: number;
  last: boolean;
}

/** Reads a body (RFC 9112, section 6.3). */
function readBody(bytes: Buffer, head: Head, method: string | undefined, ended: boolean): Body | undefined {
  const coding = fieldOf(head, 'transfer-encoding');
  const length = fieldOf(head, 'content-length');
  if (coding !== undefined && length !== undefined)
    throw new WireError('The response has both Content-Length and Transfer-Encoding.');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new WireError(`The response has the transfer coding ${show(coding)}.`);
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new WireError(`The response has the Content-Length ${show(length)}.`);
  if (method === 'HEAD' || head.status === 204 || head.status === 304) {
    if (head.status === 204 && (coding ?? length) !== undefined) throw new WireError('The response 204 has a length.');
    return { bytes: Buffer.alloc(0), end: head.end, last: false };
  }
  if (coding !== undefined) return readChunks(bytes, head.end);
  if (length !== undefined) {
    const end = head.end + Number(length);
    return bytes.length < end ? undefined : { bytes: bytes.subarray(head.end, end), end, last: false };
  }
  return ended ? { bytes: bytes.subarray(head.end), end: bytes.length, last: true } : undefined;
}

/** Reads chunks (RFC 9112, section 7.1). Chunk extensions and trailers, which no request asked for, are errors. */
function readChunks(bytes: Buffer, from: number): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const line = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9A-Fa-f]{1,8}$/.test(line)) throw new WireError(`${show(line)} is not a chunk size.`);
    const [start, size] = [lineEnd + 2, Number.parseInt(line, 16)];
    if (bytes.length < start + size + 2) return undefined;
    if (bytes.toString('latin1', start + size, start + size + 2) !== '\r\n')
      throw new WireError('The size of a chunk does not match its data.');
    if (size === 0) return { bytes: Buffer.concat(chunks), end: start + 2, last: false };
    chunks.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

function hasConnectionClose(head: Head): boolean {
  return (fieldOf(head, 'connection') ?? '')
    .toLowerCase()
    .split(',')
    .some((option) => option.trim() === 'close');
}

function show(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
