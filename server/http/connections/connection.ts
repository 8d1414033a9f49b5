// One connection: its pending responses, its state, and its share in the budget for client memory.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../../edge/body/has-body.ts';
import { freeMemory } from '../../edge/body/large-buffer.ts';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import { holdMemory } from '../../edge/memory/request-memory.ts';
import { type BodyEvents, bufferBody, READ_LIMIT } from '../body-buffer.ts';
import { ConnectionMemory } from './connection-memory.ts';
import { closesConnection, type PendingResponse, REQUEST_BYTES, requestBytesOf } from './pending-response.ts';
import { PendingResponses } from './pending-responses.ts';
import type { BulkReads } from './reading/bulk-reads.ts';
import { PendingHeader } from './reading/pending-header.ts';
import { Slices } from './reading/slices.ts';

/** A request that has not been handled yet. */
export interface QueuedRequest {
  response: PendingResponse;
  work: () => void;
}

/** What a connection is waiting for. */
export type ConnectionState =
  /** Waiting for a request, or for the rest of its header. */
  | 'idle'
  /** Waiting for the rest of a body. */
  | 'receiving'
  /** Waiting for its client to read a response. */
  | 'unread'
  /** Waiting for earlier requests of the same client, which pipelines. */
  | 'queued'
  /** Waiting for its turn: all requests that have begun may still be rejected. */
  | 'waiting'
  /** Waiting for this server. */
  | 'working';

/**
 * Whether Node has paused the socket, because its responses are not read. Node resumes it when they are, and fails if
 * its parser gets anything before.
 */
function isPausedByNode(socket: Socket): boolean {
  // Node's types do not declare it.
  return (socket as { _paused?: boolean })._paused === true;
}

/** The maximum number of bytes that Node reads from a paused connection: one more chunk. */
const READ_AHEAD_BYTES = 65_536;

export class Connection implements BodyEvents {
  readonly socket: Socket;
  /** The pending responses in the order of the requests, newest last. A client that pipelines may have several. */
  readonly pendingResponses = new PendingResponses();
  /** The pending requests that have not been handled yet. */
  readonly queue: QueuedRequest[] = [];
  /**
   * The newest request, until it is complete and its response is closed. Kept for longer, requests would reach V8's old
   * generation before they are collected.
   */
  newest: IncomingMessage | undefined;
  /** The number of requests whose header has arrived. */
  requestCount = 0;
  /** The time of the last change between idle and busy (`performance.now()`). */
  sinceMs = performance.now();
  /** The newest of the pending responses. */
  #last: PendingResponse | undefined;
  readonly #budget: MemoryBudget;
  readonly #memory: ConnectionMemory;
  /** The partial header that has arrived. */
  readonly #pending = new PendingHeader();
  readonly #slices = new Slices();
  /** Whether the newest response may keep the connection open only once its request is complete. */
  #keepsWhenComplete = false;
  #isHandedOver = false;
  #isClosing = false;
  #isPaused = false;
  /** Whether this watches for Node to resume the connection. */
  #isWatched = false;

  /** The address of the client, kept because it is no longer available after the client has reset the connection. */
  readonly address: string | undefined;

  /** The `close` listener of all responses, shared so that no request needs a closure of its own. */
  readonly onClose: (this: PendingResponse) => void;

  /** `onEnd` is called when a response of this connection closes, `onError` with errors of parsing. */
  constructor(
    socket: Socket,
    budget: MemoryBudget,
    bulkReads: BulkReads,
    onEnd: (connection: Connection) => void,
    onError: (error: unknown) => void,
  ) {
    this.socket = socket;
    this.address = socket.remoteAddress;
    // Node's own listener, which parses chunks.
    const [parse] = socket.listeners('data');
    socket.removeAllListeners('data');
    // A listener costs 1 % of the throughput of creates, because Node no longer reads into its parser directly.
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
    if (this.newest && !this.newest.complete) return 'receiving';
    for (const { isWaiting } of this.pendingResponses.memories()) if (!isWaiting) return 'working';
    return 'waiting';
  }

  /** The bytes that it holds beyond those of an idle connection. */
  get heldBytes(): number {
    let bytes = this.#memory.heldBytes;
    for (const memory of this.pendingResponses.memories()) bytes += memory.bytes;
    return bytes;
  }

  /** The number of requests that are being handled, or whose response has not been passed to the system yet. */
  get inProgress(): number {
    return this.pendingResponses.size - this.queue.length;
  }

  /** Whether a pending response closes the connection, so that later requests cannot get a response. */
  get closesConnection(): boolean {
    if (this.#last && closesConnection(this.#last)) return true;
    // The queued requests come last.
    let left = this.inProgress;
    for (const response of this.pendingResponses.responses()) {
      if (left-- === 0) return false;
      if (closesConnection(response)) return true;
    }
    return false;
  }

  /** Must be called for each request. Begins to count its memory. */
  begin(response: PendingResponse): void {
    const { req } = response;
    this.requestCount++;
    response.on('close', this.onClose);
    if (this.pendingResponses.size === 0) this.sinceMs = performance.now();
    this.#memory.countUnfinished(0);
    this.#pending.onRequest();
    const contentLength = Number(req.headers['content-length'] ?? 0);
    this.#slices.onRequest(contentLength);
    // The end of this body is not read, so neither is anything after it.
    if (contentLength > READ_LIMIT) response.shouldKeepAlive = false;
    // The end of a chunked body may end the connection, so an earlier response must not promise to keep it open.
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
   * Returns whether the newest request has RTSP or ICE as its protocol, which Node's parser accepts as HTTP. Must be
   * called when Node reports the request.
   */
  hasOtherProtocol(request: IncomingMessage): boolean {
    return this.#pending.hasOtherProtocol(request);
  }

  #end(response: PendingResponse): void {
    this.pendingResponses.memoryOf(response)?.close();
    this.pendingResponses.delete(response);
    if (response === this.#last) this.#last = undefined;
    if (this.newest?.complete) this.newest = undefined;
    else if (this.newest === response.req) this.#memory.countUnfinished(REQUEST_BYTES);
    if (this.pendingResponses.size > 0) return;
    this.sinceMs = performance.now();
    if (this.#isClosing) this.socket.destroySoon();
  }

  /** Stops reading from the socket. Data that Node has already read is still parsed. */
  pauseReading(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    // Nothing has been read from a new connection.
    if (this.socket.bytesRead > 0) this.#memory.countUnparsed(READ_AHEAD_BYTES);
    this.#watchResume();
    process.nextTick(() => this.#isPaused && this.socket.pause());
  }

  /** Node resumes the connection at the end of a request and when responses are read, and then emits this event. */
  #watchResume(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.socket.on('resume', () => {
      if (this.#isPaused) this.socket.pause();
      else this.#memory.countUnparsed(0);
    });
  }

  resumeReading(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (isPausedByNode(this.socket)) return;
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

  /** Closes the connection after the newest response, whatever else arrives. */
  closeAfterNewest(): void {
    this.#keepsWhenComplete = false;
    if (this.#last) this.#last.shouldKeepAlive = false;
  }

  onStopped(): void {
    this.#isClosing = true;
    if (!this.#last) this.socket.destroySoon();
    else if (!this.#last.headersSent) this.#last.setHeader('Connection', 'close');
  }

  /** Must be called when Node has stopped parsing, because the following data is not HTTP. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Parses a chunk in slices. When that pauses the connection, the rest is put back. */
  #take(chunk: Buffer, parse: (slice: Buffer) => void): void {
    this.#memory.countUnparsed(0);
    for (let at = 0; at < chunk.length; ) {
      if (this.#isOver) return;
      if (this.#isPaused || isPausedByNode(this.socket)) {
        this.#memory.countUnparsed(chunk.buffer.byteLength + READ_AHEAD_BYTES);
        this.#watchResume();
        this.socket.pause();
        this.socket.unshift(chunk.subarray(at));
        return;
      }
      const isInChunks = this.newest !== undefined && !this.newest.complete && this.#isChunked;
      const slice = this.#slices.next(chunk, at, isInChunks);
      at += slice.length;
      this.#pending.begin(slice, chunk);
      parse(slice);
      this.#onParsed();
    }
    // Node's parser has copied what it needs. Bodies would otherwise add their size to V8's count of external memory,
    // for which it collected all garbage once in 7 bodies of 1 MiB. Other listeners may use the chunk.
    if (!this.#isOver && this.socket.listenerCount('data') === 1) freeMemory(chunk);
    if (!isPausedByNode(this.socket) || this.#memory.isReleased) return;
    this.#memory.countUnparsed(READ_AHEAD_BYTES);
    this.#watchResume();
  }

  /** Whether further data is no request, because it cannot get a response or is not HTTP. */
  get #isOver(): boolean {
    // A failed write ends the connection in a later tick, until which thousands of requests would be parsed.
    return !this.socket.writable || this.#isHandedOver || this.#isClosing;
  }

  #onParsed(): void {
    const { newest } = this;
    this.#pending.end(newest !== undefined && !newest.complete, this.#isChunked);
    if (this.#memory.isReleased) return;
    if (newest?.complete) this.#memory.countUnfinished(0);
    // Node resumes the connection at the end of each request, which would read the buffered data.
    if (this.#isPaused) this.socket.pause();
    this.#memory.countPending(this.#pending.text.length);
  }

  /**
   * Returns the partial header that has arrived, one character for each byte, beginning with the request line.
   *
   * @param chunk the chunk that Node is parsing
   * @param position the offset in it at which the parser stopped
   */
  pendingHeader(chunk?: Buffer, position = 0): string {
    if (!chunk) return this.#pending.text;
    const text = this.#pending.with(chunk.subarray(0, position), this.#isChunked);
    if (text.includes('\n')) return text;
    const end = chunk.indexOf('\n', position);
    return text + chunk.toString('latin1', position, end === -1 ? chunk.length : end);
  }

  /**
   * Returns the partial header that has arrived, as `pendingHeader` does, with all that the parser has not read.
   *
   * @param position the offset in the slice that Node is parsing at which the parser stopped
   */
  arrivedHeader(position: number): string {
    return this.#pending.withRest(position, this.#isChunked);
  }

  /** Whether the newest body is chunked. */
  get #isChunked(): boolean {
    return this.newest?.headers['transfer-encoding'] !== undefined;
  }

  /**
   * Discards the body that is arriving, or rejects the requests that wait for their turn; they get 503. Returns the
   * number of bytes that this frees, or undefined if there is nothing to reject.
   */
  rejectRequests(): number | undefined {
    const { state } = this;
    if (state === 'waiting') return this.#rejectWaiting();
    const memory = this.#last && this.pendingResponses.memoryOf(this.#last);
    if (state !== 'receiving' || !memory || memory.rejection) return undefined;
    const before = memory.bytes;
    memory.reclaim();
    return before - memory.bytes;
  }

  #rejectWaiting(): number {
    let bytes = 0;
    for (const memory of this.pendingResponses.memories()) {
      bytes += memory.bytes;
      memory.rejectWaiting();
    }
    return bytes;
  }

  /**
   * Destroys the socket without a response. Node would release its requests only at the end of the tick, and within
   * that tick a thousand other connections may each send as many. Therefore this emits `close` earlier, once Node no
   * longer reads from the socket.
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
