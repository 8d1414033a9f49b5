// The queue of pipelined requests: each waits for those before it on its connection, so that one connection costs no
// more than others, and one client no more than others with its connections.

import { clientOf } from '../../../edge/exchange/socket-clients.ts';
import { ClientQueue } from '../../../edge/queues/client-queue.ts';
import type { Connection } from '../connection.ts';
import type { PendingResponse } from '../pending-response.ts';

/**
 * The maximum number of requests of one connection that are handled concurrently. A client can send thousands in one
 * packet, and read no response. 16 creates are enough to share a commit.
 */
const MAX_IN_PROGRESS = 16;
/**
 * The number of held bytes above which a connection handles one request at a time, so that a client cannot have 16
 * large bodies in memory at once. 16 small creates are far below it.
 */
const HELD_LIMIT = 262_144;
/** The number of queued requests at which reading the connection pauses, until half of them have begun. */
const PAUSE_THRESHOLD = 4;
/** The maximum number of queued requests that begin in one tick of the event loop, so that others are served too. */
const STARTS_PER_TICK = 64;
/** The maximum time in milliseconds for which requests begin in one tick. */
const TICK_MS = 2;

/** Begins pipelined requests: at once, or later, one of each client and of each connection after the other. */
export class PipelineQueue {
  readonly #connections = new ClientQueue<Connection>(({ socket }) => clientOf(socket));
  readonly #begin: (work: () => void) => void;
  readonly #mustYield: () => boolean;
  #isScheduled = false;
  /** The number of requests that may still begin in this tick. */
  #startsLeft = STARTS_PER_TICK;
  /** When the last request of this tick may begin; undefined before the first. */
  #endMs: number | undefined;

  /** `mustYield` returns whether there is something more urgent in this tick. */
  constructor(begin: (work: () => void) => void, mustYield: () => boolean) {
    this.#begin = begin;
    this.#mustYield = mustYield;
  }

  add(connection: Connection, response: PendingResponse, work: () => void): void {
    const { queue } = connection;
    if (queue.length === 0 && this.#mayStart(connection, response)) {
      this.#start(work);
      return;
    }
    queue.push({ response, work });
    if (queue.length >= PAUSE_THRESHOLD) connection.reader.pause();
    this.resume(connection);
  }

  /** Must be called when a response of the connection has closed, or a request was queued. */
  resume(connection: Connection): void {
    if (connection.queue.length === 0) return;
    this.#connections.add(connection);
    this.#schedule();
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#tick());
  }

  /** Begins each request in a callback of its own, because Node runs the microtasks of one before the next. */
  #tick(): void {
    this.#isScheduled = false;
    this.#startsLeft = STARTS_PER_TICK;
    this.#endMs = undefined;
    for (let left = Math.min(STARTS_PER_TICK, this.#connections.size); left > 0; left--)
      setImmediate(() => this.#startOne());
  }

  #startOne(): void {
    const nowMs = performance.now();
    this.#endMs ??= nowMs + TICK_MS;
    if (this.#startsLeft > 0 && nowMs <= this.#endMs && !this.#mustYield()) {
      const connection = this.#connections.take();
      if (!connection) return;
      // It comes last now, so the connections of a client take turns.
      if (this.#startNext(connection)) this.#connections.add(connection);
    }
    if (this.#connections.size > 0) this.#schedule();
  }

  #startNext(connection: Connection): boolean {
    const { queue, pendingResponses, socket } = connection;
    const [next] = queue;
    if (!next || !socket.writable || !this.#mayStart(connection, next.response, 1)) return false;
    queue.shift();
    if (queue.length <= PAUSE_THRESHOLD / 2) connection.reader.resume();
    // A request whose rest did not arrive in time has already got its response.
    if (pendingResponses.has(next.response) && !next.response.headersSent) this.#start(next.work);
    return true;
  }

  /**
   * Whether this number of further requests may be in progress. A client that does not read its first responses waits
   * for the next.
   */
  #mayStart(connection: Connection, response: PendingResponse, more = 0): boolean {
    const { inProgress, socket } = connection;
    const maxInProgress = connection.heldBytes > HELD_LIMIT ? 1 : MAX_IN_PROGRESS;
    return (
      this.#startsLeft > 0 &&
      inProgress + more <= maxInProgress &&
      socket.writableLength <= socket.writableHighWaterMark &&
      !connection.pendingResponses.hasExpectationBefore(response)
    );
  }

  #start(work: () => void): void {
    this.#startsLeft--;
    this.#schedule();
    this.#begin(work);
  }
}
