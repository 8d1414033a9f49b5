// One connection: its pending responses, what it waits for, and what it holds of the budget for client memory.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../../edge/body/has-body.ts';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import { holdMemory } from '../../edge/memory/request-memory.ts';
import { type BodyEvents, bufferBody, READ_LIMIT } from '../body-buffer.ts';
import type { BulkReads } from './bulk-reads.ts';
import { ConnectionMemory } from './connection-memory.ts';
import { PendingHeader } from './pending-header.ts';
import { closesConnection, type PendingResponse, REQUEST_BYTES, requestBytesOf } from './pending-response.ts';
import { PendingResponses } from './pending-responses.ts';
import { Slices } from './slices.ts';

/** A request that is not handled yet. */
export interface QueuedRequest {
  response: PendingResponse;
  work: () => void;
}

/** What a connection waits for. */
export type ConnectionState =
  /** For a request, or for the rest of its header. */
  | 'idle'
  /** For the rest of a body. */
  | 'receiving'
  /** For its client to take a response. */
  | 'unread'
  /** For earlier requests of its own: the client pipelines. */
  | 'queued'
  /** For this server. */
  | 'working';

/** Bytes that Node reads at most from a connection after it was paused: one more chunk. */
const READ_AHEAD_BYTES = 65_536;

export class Connection implements BodyEvents {
  readonly socket: Socket;
  /** A client that pipelines may have several: in the order of its requests, the newest last. */
  readonly pendingResponses = new PendingResponses();
  /** The pending requests that are not handled yet. */
  readonly queue: QueuedRequest[] = [];
  /**
   * Its newest request, until that is complete and its response is closed: kept longer, each would be in V8's old
   * generation when its garbage is collected.
   */
  newest: IncomingMessage | undefined;
  /** The number of requests whose header has arrived. */
  requestCount = 0;
  /** When the connection last changed between idle and busy (`performance.now()`). */
  sinceMs = performance.now();
  /** The last of the pending responses. */
  #last: PendingResponse | undefined;
  /** The pending responses to requests with `Expect: 100-continue`. */
  readonly #expectingContinue = new Set<PendingResponse>();
  readonly #budget: MemoryBudget;
  readonly #memory: ConnectionMemory;
  /** The part of a header that has arrived. */
  readonly #pending = new PendingHeader();
  readonly #slices = new Slices();
  /** Whether the newest response keeps the connection open only if its request is complete. */
  #keepsWhenComplete = false;
  #isHandedOver = false;
  #isClosing = false;
  #isPaused = false;
  /** Whether it was paused before. */
  #wasPaused = false;

  /** The address of the client. The system no longer knows it when the client has reset the connection. */
  readonly address: string | undefined;

  /** Listens for the end of each of its responses: one function for all, so that a request adds none of its own. */
  readonly onClose: (this: PendingResponse) => void;

  /** `onEnd` is called when a response of this connection is closed, `onError` with what its parsing throws. */
  constructor(
    socket: Socket,
    budget: MemoryBudget,
    bulkReads: BulkReads,
    onEnd: (connection: Connection) => void,
    onError: (error: unknown) => void,
  ) {
    this.socket = socket;
    this.address = socket.remoteAddress;
    // Node's own listener.
    const [parse] = socket.listeners('data');
    socket.removeAllListeners('data');
    // It costs 1 % of the creates: Node no longer reads into its parser directly.
    socket.on('data', (chunk: Buffer) => {
      bulkReads.onChunk(socket, chunk);
      try {
        this.#take(chunk, (slice) => parse?.call(socket, slice));
      } catch (error) {
        onError(error);
      }
    });
    this.#budget = budget;
    const end = (response: PendingResponse) => {
      this.#end(response);
      onEnd(this);
    };
    this.onClose = function (this: PendingResponse) {
      end(this);
    };
    this.#memory = new ConnectionMemory(budget);
  }

  get state(): ConnectionState {
    if (this.pendingResponses.size === 0) return 'idle';
    if (this.queue.length > 0) return 'queued';
    if (this.socket.writableLength > 0) return 'unread';
    return this.newest && !this.newest.complete ? 'receiving' : 'working';
  }

  /** Bytes that it holds beyond those of a connection that does nothing. */
  get heldBytes(): number {
    let bytes = this.#memory.heldBytes;
    for (const memory of this.pendingResponses.memories()) bytes += memory.bytes;
    return bytes;
  }

  /** Number of requests that are handled, or whose response the client has not read yet. */
  get inProgress(): number {
    return this.pendingResponses.size - this.queue.length;
  }

  /** Whether one of the pending responses closes the connection, so that a later request can get none. */
  get closesConnection(): boolean {
    if (this.#last && closesConnection(this.#last)) return true;
    // The queued ones are last.
    let left = this.inProgress;
    for (const response of this.pendingResponses.responses()) {
      if (left-- === 0) return false;
      if (closesConnection(response)) return true;
    }
    return false;
  }

  /** Call it for each request: counts what the request holds from now on. */
  begin(response: PendingResponse): void {
    const { req } = response;
    this.requestCount++;
    response.on('close', this.onClose);
    if (this.pendingResponses.size === 0) this.sinceMs = performance.now();
    this.#memory.countUnfinished(0);
    this.#pending.onRequest();
    const contentLength = Number(req.headers['content-length'] ?? 0);
    this.#slices.onRequest(contentLength);
    // Its end will not be read, so nothing after it either.
    if (contentLength > READ_LIMIT) response.shouldKeepAlive = false;
    // What ends a body of chunks may end the connection. A response before that must not promise to keep it.
    this.#keepsWhenComplete = req.headers['transfer-encoding'] !== undefined && response.shouldKeepAlive;
    if (this.#keepsWhenComplete) response.shouldKeepAlive = false;
    const memory = holdMemory(req, this.#budget);
    this.pendingResponses.add(response, memory);
    this.#last = response;
    this.newest = req;
    memory.add(requestBytesOf(req));
    if (hasBody(req)) bufferBody(req, memory, this);
  }

  /**
   * Whether the newest request names RTSP or ICE instead of HTTP, which Node's parser takes for HTTP. Call it when Node
   * reports the request.
   */
  hasOtherProtocol(request: IncomingMessage): boolean {
    return this.#pending.hasOtherProtocol(request);
  }

  /** Call it for a request with `Expect: 100-continue`. */
  expectContinue(response: PendingResponse): void {
    this.#expectingContinue.add(response);
  }

  /**
   * Whether a request before this one expects 100 (Continue). If it gets another status, the connection closes after
   * that, and no later request may be handled.
   */
  hasPendingExpectationBefore(response: PendingResponse): boolean {
    if (this.#expectingContinue.size === 0) return false;
    for (const earlier of this.pendingResponses.responses()) {
      if (earlier === response) return false;
      if (this.#expectingContinue.has(earlier)) return true;
    }
    return false;
  }

  #end(response: PendingResponse): void {
    this.pendingResponses.memoryOf(response)?.close();
    this.pendingResponses.delete(response);
    this.#expectingContinue.delete(response);
    if (response === this.#last) this.#last = undefined;
    if (this.newest?.complete) this.newest = undefined;
    else if (this.newest === response.req) this.#memory.countUnfinished(REQUEST_BYTES);
    if (this.pendingResponses.size > 0) return;
    this.sinceMs = performance.now();
    if (this.#isClosing) this.socket.destroySoon();
  }

  /** Reads no more from the socket. What Node has read already is still parsed. */
  pauseReading(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    // A new connection is not read at all.
    if (this.socket.bytesRead > 0) this.#memory.countUnparsed(READ_AHEAD_BYTES);
    // Node resumes the connection at the end of a request, and when responses are read. This event follows.
    if (!this.#wasPaused) this.socket.on('resume', () => this.#isPaused && this.socket.pause());
    this.#wasPaused = true;
    process.nextTick(() => this.#isPaused && this.socket.pause());
  }

  resumeReading(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#memory.countUnparsed(0);
    this.socket.resume();
  }

  onBytes(bytes: number): void {
    this.#pending.onBody(bytes);
    this.#slices.onBytes(bytes);
  }

  onComplete(): void {
    if (this.#keepsWhenComplete && this.#last && !this.#last.headersSent) this.#last.shouldKeepAlive = true;
  }

  /** The connection closes after the newest response, whatever else arrives. */
  closeAfterNewest(): void {
    this.#keepsWhenComplete = false;
    if (this.#last) this.#last.shouldKeepAlive = false;
  }

  onStopped(): void {
    this.#isClosing = true;
    if (!this.#last) this.socket.destroySoon();
    else if (!this.#last.headersSent) this.#last.setHeader('Connection', 'close');
  }

  /** Call it when Node has stopped parsing it: what follows is not HTTP. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Parses a chunk until that pauses the connection. The rest is put back. */
  #take(chunk: Buffer, parse: (slice: Buffer) => void): void {
    this.#memory.countUnparsed(0);
    for (let at = 0; at < chunk.length; ) {
      // After the last response, nothing is a request any more.
      if (this.socket.destroyed || this.socket.writableEnded || this.#isHandedOver || this.#isClosing) return;
      if (this.#isPaused) {
        this.#memory.countUnparsed(chunk.buffer.byteLength + READ_AHEAD_BYTES);
        this.socket.pause();
        this.socket.unshift(chunk.subarray(at));
        return;
      }
      const isInChunks = this.newest !== undefined && !this.newest.complete && this.#isChunked;
      const slice = this.#slices.next(chunk, at, isInChunks);
      at += slice.length;
      this.#pending.begin(slice);
      parse(slice);
      this.#onParsed();
    }
  }

  #onParsed(): void {
    const { newest } = this;
    this.#pending.end(newest !== undefined && !newest.complete, this.#isChunked);
    if (this.#memory.isReleased) return;
    if (newest?.complete) this.#memory.countUnfinished(0);
    // Node resumes the connection at the end of each request, which would read what is buffered.
    if (this.#isPaused) this.socket.pause();
    this.#memory.countPending(this.#pending.text.length);
  }

  /**
   * The part of a header that has arrived, one character for each byte, from the request line on.
   *
   * @param chunk the one that Node is parsing
   * @param position where the parser stopped in it
   */
  pendingHeader(chunk?: Buffer, position = 0): string {
    if (!chunk) return this.#pending.text;
    const text = this.#pending.with(chunk.subarray(0, position), this.#isChunked);
    if (text.includes('\n')) return text;
    const end = chunk.indexOf('\n', position);
    return text + chunk.toString('latin1', position, end === -1 ? chunk.length : end);
  }

  /** Whether the newest body is chunked. */
  get #isChunked(): boolean {
    return this.newest?.headers['transfer-encoding'] !== undefined;
  }

  /**
   * Discards the body that it is receiving; the request gets 503. Returns the number of bytes that this frees, or
   * undefined when there is no body to discard.
   */
  rejectBody(): number | undefined {
    const memory = this.#last && this.pendingResponses.memoryOf(this.#last);
    if (this.state !== 'receiving' || !memory || memory.rejection) return undefined;
    const before = memory.bytes;
    memory.reclaim();
    return before - memory.bytes;
  }

  /**
   * Destroys the socket without a response. Node would release its requests only at the end of the tick, in which the
   * next thousand connections may each send as many. So this emits `close` earlier, when Node no longer reads it.
   */
  destroy(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.destroy();
    process.nextTick(() => socket.emit('close'));
  }

  /** Releases its memory from the budget. Returns the number of bytes that it held. */
  release(): number {
    if (this.#memory.isReleased) return 0;
    this.queue.length = 0;
    let bytes = this.#memory.release();
    for (const memory of this.pendingResponses.memories()) {
      bytes += memory.bytes;
      memory.close();
    }
    return bytes;
  }
}
