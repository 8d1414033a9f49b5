// Accepts connections before it reads them. Node accepts one connection in each tick of the event loop, so the requests
// of others would keep a new client waiting.
import type { Connection } from './connection.ts';

/**
 * New connections that are read in one tick, the newest first: the oldest of many have given up, or belong to a client
 * that opens many.
 */
const READ_PER_TICK = 8;
/** So long they are only accepted while more arrive. After that, all that wait are read before this begins again. */
const ACCEPT_MS = 50;

/** Delays the reading of new connections while others arrive. */
export class NewConnections {
  #waiting: Connection[] = [];
  #isScheduled = false;
  #hasNew = false;
  #isAcceptingBurst = false;
  /** Since when none waited. */
  #sinceMs = 0;

  add(connection: Connection): void {
    connection.pauseReading();
    this.#waiting.push(connection);
    this.#hasNew = true;
    if (this.#isScheduled) return;
    this.#isAcceptingBurst = true;
    this.#sinceMs = performance.now();
    this.#schedule();
  }

  /** Whether connections are arriving, so that other work should wait. */
  get isAcceptingBurst(): boolean {
    return this.#isAcceptingBurst;
  }

  readAll(): void {
    this.#hasNew = false;
    this.#isAcceptingBurst = false;
    for (const connection of this.#waiting.splice(0)) connection.resumeReading();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => this.#read());
  }

  #read(): void {
    this.#isScheduled = false;
    this.#isAcceptingBurst = this.#hasNew && performance.now() - this.#sinceMs < ACCEPT_MS;
    this.#hasNew = false;
    if (!this.#isAcceptingBurst) {
      for (const connection of this.#waiting.splice(-READ_PER_TICK).reverse()) connection.resumeReading();
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
