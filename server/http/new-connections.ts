// Accepts connections before it reads them. Node accepts one connection in each tick of the event loop, so what others
// send would keep a new client waiting.
import type { Connection } from './connection.ts';

/**
 * New connections that are read in one tick, the newest first: the oldest of many have given up, or are those of
 * somebody who opens many.
 */
const READ_PER_TICK = 8;
/** Then some are read though more come. */
const LONGEST_MS = 100;

/** Lets new connections wait until nobody else connects. */
export class Newcomers {
  #waiting: Connection[] = [];
  #isScheduled = false;
  #hasNew = false;
  #areComing = false;
  #readMs = 0;

  add(connection: Connection): void {
    connection.stopReading();
    this.#waiting.push(connection);
    this.#hasNew = true;
    this.#areComing = true;
    if (this.#isScheduled) return;
    this.#readMs = performance.now();
    this.#schedule();
  }

  /** Whether what can wait should wait. */
  get areComing(): boolean {
    return this.#areComing;
  }

  readAll(): void {
    for (const connection of this.#waiting.splice(0)) connection.goOnReading();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setImmediate(() => this.#read());
  }

  #read(): void {
    this.#isScheduled = false;
    const nowMs = performance.now();
    this.#areComing = this.#hasNew && nowMs - this.#readMs < LONGEST_MS;
    this.#hasNew = false;
    if (!this.#areComing) {
      for (const connection of this.#waiting.splice(-READ_PER_TICK).reverse()) connection.goOnReading();
      this.#readMs = nowMs;
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
