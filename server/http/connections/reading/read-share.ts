// The share that connections of one kind have in the reads of each tick of the event loop.

import type { Socket } from 'node:net';

/** The maximum number of waiting connections that are read in one tick. */
const MAX_BATCH = 1024;

/** Limits the time for which one tick reads from connections of one kind. */
export class ReadShare {
  readonly #maxMs: number;
  readonly #minBatch: number;
  #usedMs = 0;
  #batch: number;
  /** The connections that may be read although others wait; undefined while none wait. */
  #readers: Set<Socket> | undefined;

  /** `minBatch`: the minimum number of waiting connections that are read in one tick. */
  constructor({ maxMs, minBatch }: { maxMs: number; minBatch: number }) {
    this.#maxMs = maxMs;
    this.#minBatch = minBatch;
    this.#batch = minBatch;
  }

  /** Must be called for each connection that is read, or may be read from now on. */
  addReader(socket: Socket): void {
    this.#readers?.add(socket);
  }

  /** Must be called when a connection is closed. */
  deleteReader(socket: Socket): void {
    this.#readers?.delete(socket);
  }

  /**
   * Returns the connections to stop: `all`, or those that have become readers since the last call, because to stop
   * thousands again in each tick would take longer than to read.
   */
  takeReaders(all: () => Iterable<Socket>): Iterable<Socket> {
    const readers = this.#readers ?? all();
    this.#readers = new Set();
    return readers;
  }

  /** Counts the time that a read took. Returns whether this tick has read for too long, once. */
  use(ms: number): boolean {
    const wasOver = this.#isOver;
    this.#usedMs += ms;
    return this.#isOver && !wasOver;
  }

  get #isOver(): boolean {
    return this.#usedMs > this.#maxMs;
  }

  /**
   * Must be called at the end of each tick. Returns the number of waiting connections to read in the next, which
   * doubles until a tick reads for too long or there are none.
   */
  endTick(waiting: number): number {
    if (waiting === 0) this.#readers = undefined;
    this.#batch = this.#isOver || waiting === 0 ? this.#minBatch : Math.min(MAX_BATCH, this.#batch * 2);
    this.#usedMs = 0;
    return Math.min(this.#batch, waiting);
  }
}
