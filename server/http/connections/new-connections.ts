// Accepts connections before it reads them. Node accepts one connection in each tick of the event loop, so the requests
// of others would keep a new client waiting.
import type { Connection } from './connection.ts';

/**
 * New connections that are read in one tick, the newest first: the oldest of many have given up, or belong to a client
 * that opens many.
 */
const READ_PER_TICK = 8;
/** After this delay some are read although more arrive. */
const MAX_DELAY_MS = 100;

/** Delays the reading of new connections until no other arrives. */
export class NewConnections {
  #waiting: Connection[] = [];
  #isScheduled = false;
  #hasNew = false;
  #isAcceptingBurst = false;
  #readMs = 0;

  add(connection: Connection): void {
    connection.pauseReading();
    this.#waiting.push(connection);
    this.#hasNew = true;
    this.#isAcceptingBurst = true;
    if (this.#isScheduled) return;
    this.#readMs = performance.now();
    this.#schedule();
  }

  /** Whether connections are arriving, so that other work should wait. */
  get isAcceptingBurst(): boolean {
    return this.#isAcceptingBurst;
  }

  readAll(): void {
    for (const connection of this.#waiting.splice(0)) connection.resumeReading();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => this.#read());
  }

  #read(): void {
    this.#isScheduled = false;
    const nowMs = performance.now();
    this.#isAcceptingBurst = this.#hasNew && nowMs - this.#readMs < MAX_DELAY_MS;
    this.#hasNew = false;
    if (!this.#isAcceptingBurst) {
      for (const connection of this.#waiting.splice(-READ_PER_TICK).reverse()) connection.resumeReading();
      this.#readMs = nowMs;
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
