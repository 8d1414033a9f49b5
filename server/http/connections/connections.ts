// Tracks all connections of a server and their pending responses, for graceful shutdown and so that no client can lock
// others out.
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { processArrivals } from '../../edge/exchange/arrivals.ts';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import { Connection } from './connection.ts';
import { makeSlot, Reclaimer } from './evict-connections.ts';
import type { PendingResponse } from './pending-response.ts';
import { afterReading } from './reading/read-arrived.ts';
import { ReadTurns } from './reading/read-turns.ts';
import { NewConnections } from './scheduling/new-connections.ts';
import { PausedWork } from './scheduling/paused-work.ts';
import { PipelineQueue } from './scheduling/pipeline-queue.ts';

/** The interval of attempts to free memory while the budget is exceeded. */
const RECLAIM_MS = 250;
/** The minimum interval between two reports of evicted connections. */
const FULL_MS = 60_000;

export interface ConnectionsOptions {
  /** The maximum number of connections. Beyond it, those that have waited longest for their client are closed. */
  maxConnections: number;
  /** The budget for the memory of all connections. */
  memory: MemoryBudget;
  /** Called with an error in the handling of a connection. */
  onError(error: unknown, socket: Socket): void;
  /** Called when connections are closed to make room for others, at most once a minute. */
  onFull(): void;
}

/** All connections of a server, and their pending responses. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #options: ConnectionsOptions;
  readonly #newConnections = new NewConnections(() => this.#readTurns.isBehind);
  readonly #readTurns = new ReadTurns(
    () => this.#open.keys(),
    () => processArrivals.isBurst,
  );
  readonly #pipeline = new PipelineQueue(
    (work) => this.#pausedWork.run(work),
    () => processArrivals.isBurst,
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
    processArrivals.add();
    const { maxConnections, memory } = this.#options;
    if (this.#open.size >= maxConnections) {
      this.#reportFull();
      makeSlot(this.#open.values(), maxConnections, (each) => this.#evict(each));
    }
    // The server is working on all requests of every connection, so none can be evicted.
    if (this.#open.size >= maxConnections || this.#phase === 'cutOff') {
      socket.destroy();
      return;
    }
    const connection = new Connection(
      socket,
      memory,
      this.#readTurns,
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
    this.#readTurns.delete(connection.socket);
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

  /** Returns the pending responses of this connection, oldest first. */
  pendingResponsesOn(socket: Socket): PendingResponse[] {
    return this.#open.get(socket)?.pendingResponses.responses() ?? [];
  }

  /** Reads a connection at once, without waiting for its turn. */
  readNow(socket: Socket): void {
    const connection = this.#open.get(socket);
    if (connection?.isNew) connection.beginReading();
    this.#readTurns.readNow(socket);
  }

  /** Whether this connection waits for its turn to be read, so that its client may have sent more than is known. */
  isWaitingToBeRead(socket: Socket): boolean {
    return this.#readTurns.isWaiting(socket);
  }

  /** Returns the number of requests on this connection whose header has arrived. */
  requestCountOn(socket: Socket): number {
    return this.#open.get(socket)?.requestCount ?? 0;
  }

  /** Returns the newest request of this connection, if it is incomplete. */
  incompleteOn(socket: Socket): IncomingMessage | undefined {
    const newest = this.#open.get(socket)?.newest;
    return newest?.complete ? undefined : newest;
  }

  /** Must be called when Node has handed a connection over and no longer parses it. */
  handOver(socket: Socket): void {
    this.#open.get(socket)?.reader.stop();
  }

  /** Returns the partial header on this connection, including the part in the chunk in which the parser stopped. */
  pendingHeaderOn(socket: Socket, chunk?: Buffer, position?: number): string {
    return this.#open.get(socket)?.reader.pendingHeader(chunk, position) ?? '';
  }

  /** Returns the partial header on this connection, including the part that the parser has not read. */
  arrivedHeaderOn(socket: Socket, position: number): string {
    return this.#open.get(socket)?.reader.arrivedHeader(position) ?? '';
  }

  /** Returns whether the newest request of this connection got its response before it was complete. */
  hasEarlyResponse(socket: Socket): boolean {
    const newest = this.#open.get(socket)?.newest;
    return (
      newest !== undefined && !newest.complete && !this.pendingResponsesOn(socket).some(({ req }) => req === newest)
    );
  }

  /**
   * Must be called for each request. Returns the connection for `handle`, or undefined if the request must not be
   * handled because it cannot get a response: the connection is closed, or an earlier response closes it.
   */
  begin(response: PendingResponse): Connection | undefined {
    const { socket } = response.req;
    const connection = this.#open.get(socket);
    if (!connection || !socket.writable) return undefined;
    const { pendingResponses } = connection;
    if (pendingResponses.size > 0 && connection.closesConnection) return undefined;
    connection.begin(response);
    // This connection has just been evicted to free memory.
    if (!socket.writable) return undefined;
    if (this.#phase !== 'open') this.#markLast(pendingResponses.responses());
    return connection;
  }

  /**
   * Runs the work now, or later if the client has too many unread responses or handling is paused. It does not begin
   * when the connection has been closed by then: the server may have closed its store.
   */
  handle(connection: Connection, response: PendingResponse, work: () => void): void {
    const begin = () => {
      if (connection.pendingResponses.has(response)) work();
    };
    if (connection.pendingResponses.size > 1) this.#pipeline.add(connection, response, begin);
    else this.#pausedWork.run(begin);
  }

  /** Pauses the handling of all requests. Returns the function that resumes it. */
  pauseHandling(): () => void {
    this.#pausedWork.pause();
    return () => this.#pausedWork.resume();
  }

  /** Adds `Connection: close` to the newest response of each connection from now on. */
  drain(): void {
    this.#phase = 'draining';
    this.#newConnections.readAll();
    for (const { pendingResponses } of this.#open.values()) this.#markLast(pendingResponses.responses());
  }

  /** Closes every connection: those with pending responses after the last one, the others at once. */
  close(): void {
    if (this.#phase === 'cutOff') return;
    this.#phase = 'closing';
    for (const [socket, { pendingResponses }] of this.#open) {
      if (pendingResponses.size > 0) continue;
      this.readNow(socket);
      afterReading(socket, () => {
        if (pendingResponses.size === 0) socket.destroySoon();
      });
    }
  }

  /**
   * Handles a connection that had no traffic for the whole time-out. Closes it if the client has sent no request or
   * does not read its response, but not while the client is waiting for a response.
   */
  closeUnlessWaiting(socket: Socket, againMs: number): void {
    const pending = this.#open.get(socket)?.pendingResponses;
    const { writableLength } = socket;
    if ((pending?.size && writableLength === 0) || this.isWaitingToBeRead(socket)) {
      socket.setTimeout(againMs);
      return;
    }
    this.readNow(socket);
    // Reading and writing restart the time-out.
    afterReading(socket, (hasRead) => {
      if (!hasRead && socket.writableLength === writableLength) socket.destroy();
    });
  }

  /**
   * Destroys every connection, and handles no further requests. Returns the number of pending responses that are lost.
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
   * Adds `Connection: close` to the last response only: Node closes the connection after a response with it, and later
   * responses would be lost.
   */
  #markLast(pendingResponses: PendingResponse[]): void {
    for (const [index, response] of pendingResponses.entries()) {
      if (!response.headersSent)
        response.setHeader('Connection', index === pendingResponses.length - 1 ? 'close' : 'keep-alive');
    }
  }
}
