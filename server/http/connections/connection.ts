// One connection: its pending responses, its state, and its share in the budget for client memory.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { hasBody } from '../../edge/body/has-body.ts';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import { holdMemory } from '../../edge/memory/request-memory.ts';
import { type BodyEvents, bufferBody, READ_LIMIT } from '../body-buffer.ts';
import { ConnectionMemory } from './connection-memory.ts';
import { closesConnection, type PendingResponse, REQUEST_BYTES, requestBytesOf } from './pending-response.ts';
import { PendingResponses } from './pending-responses.ts';
import { ConnectionReader } from './reading/connection-reader.ts';
import type { ReadTurns } from './reading/read-turns.ts';
import { isReset } from './reading/socket-handle.ts';

/** A request that has not been handled yet. */
export interface QueuedRequest {
  response: PendingResponse;
  work: () => void;
}

/** What a connection is waiting for. */
export type ConnectionState =
  /** Waiting for this server to read it for the first time. */
  | 'new'
  /** The same, after it has had its turn: it is read in the next tick, or later if there is too much to read. */
  | 'stopped'
  /** Waiting for its turn: its first data has been read, but not parsed. */
  | 'held'
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

export class Connection implements BodyEvents {
  readonly socket: Socket;
  readonly reader: ConnectionReader;
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
  #isNew = false;
  /** The time of the last change between idle and busy (`performance.now()`). */
  sinceMs = performance.now();
  /** The newest of the pending responses. */
  #last: PendingResponse | undefined;
  readonly #budget: MemoryBudget;
  readonly #memory: ConnectionMemory;
  readonly #readTurns: ReadTurns;
  /** Whether the newest response may keep the connection open only once its request is complete. */
  #keepsWhenComplete = false;
  #isClosing = false;

  /** The address of the client, kept because it is no longer available after the client has reset the connection. */
  readonly address: string | undefined;

  /** The `close` listener of all responses, shared so that no request needs a closure of its own. */
  readonly onClose: (this: PendingResponse) => void;

  /** `onEnd` is called when a response of this connection closes, `onError` with errors of parsing. */
  constructor(
    socket: Socket,
    budget: MemoryBudget,
    readTurns: ReadTurns,
    onEnd: (connection: Connection) => void,
    onError: (error: unknown) => void,
  ) {
    this.socket = socket;
    this.address = socket.remoteAddress;
    this.#budget = budget;
    const end = (response: PendingResponse) => {
      this.#end(response);
      onEnd(this);
    };
    this.onClose = function (this: PendingResponse) {
      end(this);
    };
    this.#memory = new ConnectionMemory(budget);
    this.#readTurns = readTurns;
    this.reader = new ConnectionReader(this, this.#memory, readTurns, onError);
  }

  /** Whether its client has reset it, although nothing was read since. */
  get isReset(): boolean {
    return isReset(this.socket);
  }

  /** Whether it has not had its turn to be read: see `NewConnections`. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Delays reading until `beginReading`. */
  awaitTurn(): void {
    this.#isNew = true;
    this.reader.pause();
  }

  beginReading(): void {
    this.#isNew = false;
    this.#readTurns.onTurn(this.socket);
    this.reader.resume();
  }

  get state(): ConnectionState {
    if (this.#isNew) return 'new';
    if (this.pendingResponses.size === 0) return this.#readTurns.firstWaitOf(this.socket) ?? 'idle';
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
    const contentLength = Number(req.headers['content-length'] ?? 0);
    this.reader.onRequest(contentLength);
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

  onBytes(bytes: number): boolean {
    return this.reader.onBody(bytes);
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
    this.reader.stop();
    if (!this.#last) this.socket.destroySoon();
    else if (!this.#last.headersSent) this.#last.setHeader('Connection', 'close');
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
    this.reader.release();
    this.queue.length = 0;
    let bytes = this.#memory.release();
    for (const memory of this.pendingResponses.memories()) {
      bytes += memory.bytes;
      memory.close();
    }
    return bytes;
  }
}
