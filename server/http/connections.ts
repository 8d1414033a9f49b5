// Knows every connection of a server and the answers it still owes, so that the server can end without cutting one off,
// and no client can lock others out.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { MemoryBudget } from '../edge/memory/memory-budget.ts';
import { Connection, type Owed } from './connection.ts';
import { makeSlot, Reclaimer } from './evict-connections.ts';
import { Newcomers } from './new-connections.ts';
import { PipelineQueue } from './pipeline-queue.ts';

export type { Owed } from './connection.ts';

/** How often memory is freed again while more is held than may be. */
const RECLAIM_MS = 250;

export interface ConnectionsOptions {
  /** Beyond so many, those that wait for their client longest are closed. */
  maxConnections: number;
  /** What all of them hold is counted there. */
  memory: MemoryBudget;
  /** Called with what the handling of a connection throws. */
  onError(error: unknown, socket: Socket): void;
}

/** All connections of a server, and what they are owed. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  readonly #options: ConnectionsOptions;
  readonly #newcomers = new Newcomers();
  readonly #pipeline = new PipelineQueue(
    (work) => this.#whenOpen(work),
    () => this.#newcomers.areComing,
  );
  #phase: 'open' | 'draining' | 'closing' = 'open';
  #held: (() => void)[] | undefined;

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
    if (this.#open.size >= maxConnections) makeSlot(this.#open.values(), maxConnections, (each) => this.#evict(each));
    // All of them are being worked for.
    if (this.#open.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const connection = new Connection(
      socket,
      memory,
      (each) => this.#onEnd(each),
      (error) => this.#options.onError(error, socket),
    );
    this.#open.set(socket, connection);
    socket.on('close', () => this.#forget(connection));
    if (this.#phase === 'open') this.#newcomers.add(connection);
  }

  #onEnd(connection: Connection): void {
    this.#pipeline.takeTurn(connection);
    if (this.#phase === 'closing' && connection.owed.size === 0) connection.socket.destroySoon();
  }

  #forget(connection: Connection): number {
    this.#open.delete(connection.socket);
    this.#pipeline.delete(connection);
    return connection.release();
  }

  #evict(connection: Connection): number {
    this.#options.memory.countReclaimed();
    connection.cutOff();
    return this.#forget(connection);
  }

  /** The answers that this connection is still owed, oldest first. */
  owedOn(socket: Socket): Owed[] {
    return [...(this.#open.get(socket)?.owed.keys() ?? [])];
  }

  /** To be called when Node has handed a connection over, and parses it no more. */
  handOver(socket: Socket): void {
    this.#open.get(socket)?.handOver();
  }

  /** The part of a header that has arrived on this connection, with that in a packet in which Node's parser stopped. */
  pendingHeaderOn(socket: Socket, packet?: Buffer, position?: number): string {
    return this.#open.get(socket)?.pendingHeader(packet, position) ?? '';
  }

  /** Whether this connection was answered already for a request that it has not sent to its end. */
  isAhead(socket: Socket): boolean {
    const newest = this.#open.get(socket)?.newest;
    return newest !== undefined && !newest.complete && !this.owedOn(socket).some(({ req }) => req === newest);
  }

  /**
   * To be called for each request; what it gives is for `handle`. Gives nothing when the request must not be handled,
   * for its answer could not be sent: its connection is gone, or was told to close.
   */
  begin(response: Owed): Connection | undefined {
    const { socket } = response.req;
    const connection = this.#open.get(socket);
    if (!connection || !socket.writable) return undefined;
    const { owed } = connection;
    if (owed.size > 0 && connection.hasSaidClose) return undefined;
    connection.begin(response);
    // There was no room for it, and it was chosen to make some.
    if (!socket.writable) return undefined;
    if (this.#phase !== 'open') this.#markLast([...owed.keys()]);
    return connection;
  }

  /** Runs the work now, or when the client has taken some of its earlier answers and nothing is held back any more. */
  handle(connection: Connection, response: Owed, work: () => void): void {
    if (connection.owed.size > 1) this.#pipeline.add(connection, response, work);
    else this.#whenOpen(work);
  }

  #whenOpen(work: () => void): void {
    if (this.#held) this.#held.push(work);
    else work();
  }

  /** Holds back the work of all requests until the function that it gives is called. */
  hold(): () => void {
    this.#held = [];
    return () => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const work of held) work();
    };
  }

  /** From now on the newest answer of each connection says `Connection: close`. */
  drain(): void {
    this.#phase = 'draining';
    this.#newcomers.readAll();
    for (const { owed } of this.#open.values()) this.#markLast([...owed.keys()]);
  }

  /** Closes every connection that is owed nothing, and the others when they have their answers. */
  close(): void {
    this.#phase = 'closing';
    for (const [socket, { owed }] of this.#open) if (owed.size === 0) socket.destroy();
  }

  /**
   * For a connection on which nothing has moved for so long: closes it when the client asks nothing, or does not take
   * its answer, but not when it waits for one.
   */
  closeUnlessWaiting(socket: Socket, againMs: number): void {
    if (this.#open.get(socket)?.owed.size && socket.writableLength === 0) socket.setTimeout(againMs);
    else socket.destroy();
  }

  /** Closes every connection at once. Gives how many answers that cuts off. */
  cut(): number {
    let count = 0;
    for (const [socket, { owed }] of this.#open) {
      count += owed.size;
      socket.destroy();
    }
    return count;
  }

  /**
   * Node closes the connection after an answer that says `close`: said too early, it would cut off the answers behind
   * it.
   */
  #markLast(owed: Owed[]): void {
    for (const [index, response] of owed.entries()) {
      if (!response.headersSent) response.setHeader('Connection', index === owed.length - 1 ? 'close' : 'keep-alive');
    }
  }
}
