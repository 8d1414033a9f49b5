// Accepts connections before it reads them. Node accepts one connection in each tick of the event loop, so the requests
// of others would keep a new client waiting.
import type { Connection } from '../connection.ts';

/**
 * New connections that are read in one tick, the newest first: the oldest of many have given up, or belong to a client
 * that opens many.
 */
const READ_PER_TICK = 8;
/** So long they are only accepted while more arrive. Then all that wait are read in one tick, and this begins again. */
const ACCEPT_MS = 50;
/** So long other work passes before connections are only accepted again, in milliseconds. */
const PASS_MS = 20;

/** Delays the reading of new connections while others arrive. */
export class NewConnections {
  #waiting: Connection[] = [];
  #isScheduled = false;
  #hasNew = false;
  #isAcceptingBurst = false;
  /** When the window in which they are only accepted began; undefined when the next one may begin. */
  #sinceMs: number | undefined;

  add(connection: Connection): void {
    connection.pauseReading();
    this.#waiting.push(connection);
    this.#hasNew = true;
    if (this.#isScheduled) return;
    this.#isAcceptingBurst = this.#sinceMs === undefined;
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
    const nowMs = performance.now();
    this.#sinceMs ??= nowMs;
    const ageMs = nowMs - this.#sinceMs;
    this.#isAcceptingBurst = this.#hasNew && ageMs < ACCEPT_MS;
    if (!this.#isAcceptingBurst) {
      const read = this.#hasNew ? this.#waiting.splice(0) : this.#waiting.splice(-READ_PER_TICK);
      for (const connection of read.reverse()) connection.resumeReading();
      if (!this.#hasNew || ageMs > ACCEPT_MS + PASS_MS) this.#sinceMs = undefined;
    }
    this.#hasNew = false;
    if (this.#waiting.length > 0) this.#schedule();
  }
}
