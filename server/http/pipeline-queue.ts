// Pipelined requests wait here for those before them on their connection, so that one connection costs no more than
// others.
import type { Connection, Owed } from './connection.ts';

/**
 * Requests of one connection that are handled at once. A client can send thousands in one packet, and read no response;
 * so many creates share a commit all the same.
 */
const AT_ONCE = 16;
/**
 * A connection that holds more bytes finishes a request before the next one begins, so that a client cannot have the
 * bodies of 16 large creates in memory at once. 16 small ones are far below it.
 */
const HELD_LIMIT = 262_144;
/** With so many that wait, the connection is not read until half of them are begun. */
const PAUSE_AT = 16;
/** Of all connections, begun in one tick of the event loop. Requests of other clients come in between. */
const STARTS_PER_TICK = 64;
/** Nor longer than this. */
const TICK_MS = 2;

/** Begins pipelined requests: at once, or when their turn comes, one of each connection after the other. */
export class PipelineQueue {
  readonly #connections = new Set<Connection>();
  readonly #begin: (work: () => void) => void;
  readonly #canWait: () => boolean;
  #isScheduled = false;
  /** In this tick. */
  #startsLeft = STARTS_PER_TICK;

  /** `canWait` tells whether there is something more urgent in this tick. */
  constructor(begin: (work: () => void) => void, canWait: () => boolean) {
    this.#begin = begin;
    this.#canWait = canWait;
  }

  add(connection: Connection, response: Owed, work: () => void): void {
    const { waiting } = connection;
    if (waiting.length === 0 && this.#mayStart(connection, response)) {
      this.#start(work);
      return;
    }
    waiting.push({ response, work });
    if (waiting.length >= PAUSE_AT) connection.stopReading();
    this.takeTurn(connection);
  }

  /** To be called when a response of the connection was taken. */
  takeTurn(connection: Connection): void {
    if (connection.waiting.length === 0) return;
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

  #tick(): void {
    this.#isScheduled = false;
    this.#startsLeft = STARTS_PER_TICK;
    const endMs = performance.now() + TICK_MS;
    // What is added meanwhile comes last, so connections take turns.
    for (const connection of this.#connections) {
      // What has begun is on its way through the same tick.
      if (this.#startsLeft === 0) return;
      if (performance.now() > endMs || this.#canWait()) break;
      this.#connections.delete(connection);
      if (this.#startNext(connection)) this.#connections.add(connection);
    }
    if (this.#connections.size > 0) this.#schedule();
  }

  #startNext(connection: Connection): boolean {
    const { waiting, owed, socket } = connection;
    const [next] = waiting;
    if (!next || !socket.writable || !this.#mayStart(connection, next.response, 1)) return false;
    waiting.shift();
    if (waiting.length <= PAUSE_AT / 2) connection.goOnReading();
    // It may have been answered meanwhile, because the rest of it did not arrive.
    if (owed.has(next.response) && !next.response.headersSent) this.#start(next.work);
    return true;
  }

  /**
   * Whether so many more may be in progress. A client that does not take the responses to the first ones can wait for
   * the next.
   */
  #mayStart(connection: Connection, response: Owed, more = 0): boolean {
    const { inProgress, socket } = connection;
    const atOnce = connection.heldBytes > HELD_LIMIT ? 1 : AT_ONCE;
    return (
      this.#startsLeft > 0 &&
      inProgress + more <= atOnce &&
      socket.writableLength <= socket.writableHighWaterMark &&
      !connection.isAwaitedBefore(response)
    );
  }

  #start(work: () => void): void {
    this.#startsLeft--;
    this.#schedule();
    this.#begin(work);
  }
}
