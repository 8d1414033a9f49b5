// One connection: what it is owed, what it waits for, and what it holds of the budget for client memory.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { MemoryBudget } from '../edge/memory/memory-budget.ts';
import { holdMemory, type RequestMemory } from '../edge/memory/request-memory.ts';
import { type BodyEvents, holdBody } from './body-buffer.ts';
import { type ParsedPacket, PendingHeader } from './pending-header.ts';

export type Owed = ServerResponse<IncomingMessage>;

/** A request that nobody works on yet. */
export interface Waiting {
  response: Owed;
  work: () => void;
}

/** What a connection waits for. */
export type ConnectionState =
  /** For a request, or the rest of its header. */
  | 'idle'
  /** For the rest of a body. */
  | 'receiving'
  /** For its client to take a response. */
  | 'unread'
  /** For earlier requests of its own: the client pipelines. */
  | 'queued'
  /** For this server. */
  | 'working';

/** Resident memory of a connection that does nothing: `npm run bench -- memory idle`. */
const CONNECTION_BYTES = 9_600;
/** Of a request and its response, without the fields of its header. */
const REQUEST_BYTES = 6_000;
/** Of a field: the strings of its name and its value, and their places in lists and objects. */
const FIELD_BYTES = 120;

/** What Node makes of one byte of a header that is not complete, at worst: strings of a few letters. */
const PENDING_HEADER_FACTOR = 8;
/**
 * Node's parser gets a packet in slices, because it cannot be stopped in the middle of one: 64 KB have up to 2,600
 * requests.
 */
const SLICE_BYTES = 1024;

export class Connection implements BodyEvents {
  readonly socket: Socket;
  /** A client that pipelines may be owed several responses: in the order of its requests, the last is the newest. */
  readonly owed = new Map<Owed, RequestMemory>();
  /** Of those that are owed, the ones that nobody works on yet. */
  readonly waiting: Waiting[] = [];
  /**
   * Its newest request, until that is answered and has come to its end: kept longer, each would be old to V8 when its
   * garbage is collected.
   */
  newest: IncomingMessage | undefined;
  /** Since when it is idle, or is not, on the clock of `performance.now()`. */
  sinceMs = performance.now();
  /** The last of those that are owed. */
  #last: Owed | undefined;
  /** Of those that are owed, the ones to `Expect: 100-continue`. */
  readonly #awaiting = new Set<Owed>();
  readonly #memory: MemoryBudget;
  /** The part of a header that has arrived. */
  readonly #pending = new PendingHeader();
  /** Bytes that are counted for it. */
  #pendingBytes = 0;
  /** Whether the packet that is being parsed has the end of a header. */
  #hasRequest = false;
  /** Bytes of the last body in that packet. */
  #bodyBytes = 0;
  /** Bytes that are left of the body of the newest request, if it has a Content-Length. */
  #bodyLeft = 0;
  /** Of packets that were put back. */
  #unparsedBytes = 0;
  #isHandedOver = false;
  #isReleased = false;
  #isCut = false;
  #isStopped = false;
  /** Whether it was stopped before. */
  #hasStopped = false;

  /** Listens for the end of each of its responses: one function for all, so that a request adds none of its own. */
  readonly onClose: (this: Owed) => void;

  /** `onEnd` is called when a response of this connection is closed, `onError` with what its parsing throws. */
  constructor(
    socket: Socket,
    memory: MemoryBudget,
    onEnd: (connection: Connection) => void,
    onError: (error: unknown) => void,
  ) {
    this.socket = socket;
    // Node's own listener.
    const [parse] = socket.listeners('data');
    socket.removeAllListeners('data');
    // It costs 1 % of the creates: Node no longer reads into its parser directly.
    socket.on('data', (packet) => {
      try {
        this.#take(packet, (slice) => parse?.call(socket, slice));
      } catch (error) {
        onError(error);
      }
    });
    this.#memory = memory;
    const end = (response: Owed) => {
      this.#end(response);
      onEnd(this);
    };
    this.onClose = function (this: Owed) {
      end(this);
    };
    memory.add(CONNECTION_BYTES);
  }

  get state(): ConnectionState {
    if (this.owed.size === 0) return 'idle';
    if (this.waiting.length > 0) return 'queued';
    if (this.socket.writableLength > 0) return 'unread';
    return this.newest && !this.newest.complete ? 'receiving' : 'working';
  }

  /** Bytes that it holds besides being there. */
  get heldBytes(): number {
    let bytes = this.#pendingBytes + this.#unparsedBytes;
    for (const memory of this.owed.values()) bytes += memory.bytes;
    return bytes;
  }

  /** Requests that somebody works on, or whose response was not taken yet. */
  get inProgress(): number {
    return this.owed.size - this.waiting.length;
  }

  /** Whether nothing that comes behind its requests can be answered. */
  get hasSaidClose(): boolean {
    if (this.#last && hasSaidClose(this.#last)) return true;
    // Those that nobody works on come last.
    let left = this.inProgress;
    for (const response of this.owed.keys()) {
      if (left-- === 0) return false;
      if (hasSaidClose(response)) return true;
    }
    return false;
  }

  /** To be called for each request: counts what it holds from now on. */
  begin(response: Owed): void {
    const { req } = response;
    response.on('close', this.onClose);
    if (this.owed.size === 0) this.sinceMs = performance.now();
    this.#hasRequest = true;
    this.#bodyBytes = 0;
    this.#bodyLeft = Number(req.headers['content-length'] ?? 0);
    const memory = holdMemory(req, this.#memory);
    this.owed.set(response, memory);
    this.#last = response;
    this.newest = req;
    memory.add(REQUEST_BYTES + headerBytesOf(req) + (req.rawHeaders.length / 2) * FIELD_BYTES);
    if (hasBody(req)) holdBody(req, memory, this);
  }

  /** To be called for a request with `Expect: 100-continue`. */
  await(response: Owed): void {
    this.#awaiting.add(response);
  }

  /**
   * Whether a request before this one expects 100 (Continue). If it gets another status, the connection closes behind
   * that, and no later request may be carried out.
   */
  isAwaitedBefore(response: Owed): boolean {
    if (this.#awaiting.size === 0) return false;
    for (const earlier of this.owed.keys()) {
      if (earlier === response) return false;
      if (this.#awaiting.has(earlier)) return true;
    }
    return false;
  }

  #end(response: Owed): void {
    this.owed.get(response)?.close();
    this.owed.delete(response);
    this.#awaiting.delete(response);
    if (response === this.#last) this.#last = undefined;
    if (this.newest?.complete) this.newest = undefined;
    if (this.owed.size > 0) return;
    this.sinceMs = performance.now();
    if (this.#isCut) this.socket.destroySoon();
  }

  /** Reads no more, but for what is read already. */
  stopReading(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    // At the end of a request, and when responses are taken, Node resumes the connection, which takes effect with this
    // event.
    if (!this.#hasStopped) this.socket.on('resume', () => this.#isStopped && this.socket.pause());
    this.#hasStopped = true;
    process.nextTick(() => this.#isStopped && this.socket.pause());
  }

  goOnReading(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.socket.resume();
  }

  onBytes(bytes: number): void {
    this.#bodyBytes += bytes;
    this.#bodyLeft -= bytes;
  }

  onTooManyChunks(): void {
    this.#isCut = true;
    if (!this.#last) this.socket.destroy();
    else if (!this.#last.headersSent) this.#last.setHeader('Connection', 'close');
  }

  /** To be called when Node's parser is done with it: what follows is not HTTP. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Parses a packet until that stops the connection. The rest is put back. */
  #take(packet: Buffer, parse: (slice: Buffer) => void): void {
    this.#countUnparsed(0);
    for (let at = 0; at < packet.length; ) {
      if (this.socket.destroyed || this.#isHandedOver) return;
      if (this.#isStopped) {
        this.#countUnparsed(packet.buffer.byteLength);
        this.socket.pause();
        this.socket.unshift(packet.subarray(at));
        return;
      }
      const slice = packet.subarray(at, at + Math.max(SLICE_BYTES, this.#bodyLeft));
      at += slice.length;
      parse(slice);
      this.#onParsed(slice);
    }
  }

  #countUnparsed(bytes: number): void {
    const added = bytes - this.#unparsedBytes;
    this.#unparsedBytes = bytes;
    if (this.#isReleased || added === 0) return;
    if (added > 0) this.#memory.add(added);
    else this.#memory.release(-added);
  }

  #onParsed(packet: Buffer): void {
    if (this.#isReleased) return;
    const { newest } = this;
    // Node resumes the connection at the end of each request, which would pass on what is buffered.
    if (this.#isStopped) this.socket.pause();
    if (newest && !newest.complete) this.#pending.clear();
    else this.#pending.add(packet, this.#parsed);
    this.#hasRequest = false;
    this.#bodyBytes = 0;
    const bytes = this.#pending.text.length * PENDING_HEADER_FACTOR;
    const added = bytes - this.#pendingBytes;
    this.#pendingBytes = bytes;
    if (added > 0) this.#memory.add(added);
    else if (added < 0) this.#memory.release(-added);
  }

  /**
   * The part of a header that has arrived, one character for each byte, from the request line on.
   *
   * @param packet one that Node is parsing
   * @param position where the parser stopped in it
   */
  pendingHeader(packet?: Buffer, position = 0): string {
    if (!packet) return this.#pending.text;
    const text = this.#pending.with(packet.subarray(0, position), this.#parsed);
    if (text.includes('\n')) return text;
    const end = packet.indexOf('\n', position);
    return text + packet.toString('latin1', position, end === -1 ? packet.length : end);
  }

  get #parsed(): ParsedPacket {
    const isChunked = this.newest?.headers['transfer-encoding'] !== undefined;
    return { hasRequest: this.#hasRequest, bodyBytes: isChunked ? undefined : this.#bodyBytes };
  }

  /**
   * Lets go of the body that it is receiving. Whoever reads that responds with 503. Gives how many bytes that frees;
   * undefined when there is nothing to let go of.
   */
  rejectBody(): number | undefined {
    const memory = this.#last && this.owed.get(this.#last);
    if (this.state !== 'receiving' || !memory || memory.rejection) return undefined;
    const before = memory.bytes;
    memory.reclaim();
    return before - memory.bytes;
  }

  /**
   * Closes it without a word. Node lets go of its requests only at the end of the tick, in which the next thousand
   * connections may each bring as many. So this tells Node before, as soon as it does not read this one any more.
   */
  cutOff(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.destroy();
    process.nextTick(() => socket.emit('close'));
  }

  /** From now on it counts as closed. Gives how many bytes it held. */
  release(): number {
    if (this.#isReleased) return 0;
    this.#isReleased = true;
    this.waiting.length = 0;
    const bytes = CONNECTION_BYTES + this.heldBytes;
    this.#memory.release(CONNECTION_BYTES + this.#pendingBytes + this.#unparsedBytes);
    this.#pendingBytes = 0;
    this.#unparsedBytes = 0;
    for (const memory of this.owed.values()) memory.close();
    return bytes;
  }
}

/** RFC 9112, section 6. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** RFC 9112, sections 3 and 5: `METHOD TARGET HTTP/1.1`, a line for each field, an empty line. */
function headerBytesOf({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let bytes = method.length + url.length + 14;
  for (const text of rawHeaders) bytes += text.length + 2;
  return bytes;
}

/** Whether the connection closes behind this response, and nothing can change that any more. */
export function hasSaidClose(response: Owed): boolean {
  return !response.shouldKeepAlive || (response.headersSent && response.getHeader('Connection') === 'close');
}
