// Tracks every connection of a server and its pending responses, for graceful shutdown, and so that no client can lock
// others out.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import { BulkReads } from './bulk-reads.ts';
import { Connection } from './connection.ts';
import { makeSlot, Reclaimer } from './evict-connections.ts';
import { NewConnections } from './new-connections.ts';
import { PausedWork } from './paused-work.ts';
import type { PendingResponse } from './pending-response.ts';
import { PipelineQueue } from './pipeline-queue.ts';
import { afterReading } from './read-arrived.ts';

export type { PendingResponse } from './pending-response.ts';

/** How often memory is freed again while more is held than may be. */
const RECLAIM_MS = 250;
/** How often it is reported that connections are closed for others. */
const FULL_MS = 60_000;

export interface ConnectionsOptions {
  /** Beyond this number, the connections that wait for their client longest are closed. */
  maxConnections: number;
  /** Counts what all of them hold. */
  memory: MemoryBudget;
  /** Called with the error that the handling of a connection throws. */
  onError(error: unknown, socket: Socket): void;
  /** Called when connections are closed for others, once a minute at most. */
  onFull(): void;
}

/** All connections of a server, and their pending responses. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #options: ConnectionsOptions;
  readonly #newConnections = new NewConnections();
  readonly #bulkReads = new BulkReads();
  readonly #pipeline = new PipelineQueue(
    (work) => this.#pausedWork.run(work),
    () => this.#newConnections.isAcceptingBurst,
  );
  #reportedFullMs = Number.NEGATIVE_INFINITY;
  #phase: 'open' | 'draining' | 'closing' | 'cutOff' = 'open';
  readonly #pausedWork = new PausedWork();

  constructor(server: Server, options: ConnectionsOptions) {
    this.#options = options;
    server.on('connection', (socket: Socket) => this.#add(socket));
    const { memory } = options;
    const reclaimer = new Reclaimer(
      () => this.#open.values(),
      memory,
      (connection) => this.#evict(connection),
    );
    const stopReclaiming = memory.onShortage((bytes) => reclaimer.reclaim(bytes));
    const reclaiming = setInterval(() => {
      if (memory.held > memory.limit) reclaimer.reclaim(memory.held - memory.limit);
    }, RECLAIM_MS).unref();
    server.once('close', () => {
      stopReclaiming();
      clearInterval(reclaiming);
    });
  }

  #add(socket: Socket): void {
    const { maxConnections, memory } = this.#options;
    if (this.#open.size >= maxConnections) {
      this.#reportFull();
      makeSlot(this.#open.values(), maxConnections, (each) => this.#evict(each));
    }
    // The server is working for all of them.
    if (this.#open.size >= maxConnections || this.#phase === 'cutOff') {
      socket.destroy();
      return;
    }
    const connection = new Connection(
      socket,
      memory,
      this.#bulkReads,
      (each) => this.#onEnd(each),
      (error) => this.#options.onError(error, socket),
    );
    this.#open.set(socket, connection);
    socket.on('close', () => this.#forget(connection));
    if (this.#phase === 'open') this.#newConnections.add(connection);
    else socket.resume();
  }

  #reportFull(): void {
    if (performance.now() - this.#reportedFullMs < FULL_MS) return;
    this.#reportedFullMs = performance.now();
    this.#options.onFull();
  }

  #onEnd(connection: Connection): void {
    this.#pipeline.resume(connection);
    if (this.#phase === 'closing' && connection.pendingResponses.size === 0) connection.socket.destroySoon();
  }

  #forget(connection: Connection): number {
    this.#open.delete(connection.socket);
    this.#pipeline.delete(connection);
    return connection.release();
  }

  #evict(connection: Connection): number {
    this.#options.memory.countReclaimed();
    connection.destroy();
    return this.#forget(connection);
  }

  addressOf(socket: Socket): string | undefined {
    return this.#open.get(socket)?.address;
  }

  /** The pending responses of this connection, oldest first. */
  pendingResponsesOn(socket: Socket): PendingResponse[] {
    return this.#open.get(socket)?.pendingResponses.responses() ?? [];
  }

  /** Reads a connection that is new, and waits for its turn to be read. */
  readNew(socket: Socket): void {
    if (socket.bytesRead === 0) this.#open.get(socket)?.resumeReading();
  }

  /** The number of requests on this connection whose header has arrived. */
  requestCountOn(socket: Socket): number {
    return this.#open.get(socket)?.requestCount ?? 0;
  }

  /** The newest request of this connection, if the client has not sent all of it. */
  incompleteOn(socket: Socket): IncomingMessage | undefined {
    const newest = this.#open.get(socket)?.newest;
    return newest?.complete ? undefined : newest;
  }

  /** Call it when Node has handed a connection over, and no longer parses it. */
  handOver(socket: Socket): void {
    this.#open.get(socket)?.handOver();
  }

  /** The part of a header that has arrived on this connection, with the part in the chunk where the parser stopped. */
  pendingHeaderOn(socket: Socket, chunk?: Buffer, position?: number): string {
    return this.#open.get(socket)?.pendingHeader(chunk, position) ?? '';
  }

  /** Whether this connection got the response to its newest request before the client has sent all of that request. */
  hasEarlyResponse(socket: Socket): boolean {
    const newest = this.#open.get(socket)?.newest;
    return (
      newest !== undefined && !newest.complete && !this.pendingResponsesOn(socket).some(({ req }) => req === newest)
    );
  }

  /**
   * Call it for each request. Returns the connection for `handle`, or undefined when the request must not be handled
   * because no response could be sent: its connection is closed, or an earlier response closes it.
   */
  begin(response: PendingResponse): Connection | undefined {
    const { socket } = response.req;
    const connection = this.#open.get(socket);
    if (!connection || !socket.writable) return undefined;
    const { pendingResponses } = connection;
    if (pendingResponses.size > 0 && connection.closesConnection) return undefined;
    connection.begin(response);
    // Memory was short, and this connection was evicted.
    if (!socket.writable) return undefined;
    if (this.#phase !== 'open') this.#markLast(pendingResponses.responses());
    return connection;
  }

  /** Runs the work now, or when the client has read some of its earlier responses and handling is not paused. */
  handle(connection: Connection, response: PendingResponse, work: () => void): void {
    if (connection.pendingResponses.size > 1) this.#pipeline.add(connection, response, work);
    else this.#pausedWork.run(work);
  }

  /** Pauses the handling of all requests. Returns the function that resumes it. */
  pauseHandling(): () => void {
    this.#pausedWork.pause();
    return () => this.#pausedWork.resume();
  }

  /** From now on the newest response of each connection has `Connection: close`. */
  drain(): void {
    this.#phase = 'draining';
    this.#newConnections.readAll();
    for (const { pendingResponses } of this.#open.values()) this.#markLast(pendingResponses.responses());
  }

  /** Closes every connection without a pending response, and the others after their last response. */
  close(): void {
    if (this.#phase === 'cutOff') return;
    this.#phase = 'closing';
    for (const [socket, { pendingResponses }] of this.#open) {
      if (pendingResponses.size > 0) continue;
      afterReading(socket, () => {
        if (pendingResponses.size === 0) socket.destroySoon();
      });
    }
  }

  /**
   * For a connection without traffic for the whole time-out: closes it when the client has sent no request, or does
   * not read its response, but not while it waits for one.
   */
  closeUnlessWaiting(socket: Socket, againMs: number): void {
    const pending = this.#open.get(socket)?.pendingResponses;
    const { writableLength } = socket;
    if (pending?.size && writableLength === 0) {
      socket.setTimeout(againMs);
      return;
    }
    // Reading and writing begin the time-out again.
    afterReading(socket, (hasRead) => {
      if (!hasRead && socket.writableLength === writableLength) socket.destroy();
    });
  }

  /**
   * Destroys every connection, and handles no further request. Returns the number of pending responses that are lost.
   */
  cutOff(): number {
    this.#phase = 'cutOff';
    this.#pausedWork.stop();
    let count = 0;
    for (const connection of this.#open.values()) {
      count += connection.pendingResponses.size;
      connection.queue.length = 0;
      connection.destroy();
    }
    return count;
  }

  /**
   * Node closes the connection after a response with `Connection: close`, so only the last may have it: the responses
   * after it would be lost.
   */
  #markLast(pendingResponses: PendingResponse[]): void {
    for (const [index, response] of pendingResponses.entries()) {
      if (!response.headersSent)
        response.setHeader('Connection', index === pendingResponses.length - 1 ? 'close' : 'keep-alive');
    }
  }
}
