// Delays the reading of new connections until a burst has been accepted. Node accepts one connection in each tick of
// the event loop, so otherwise the requests of others would keep a new client waiting.
import { type Arrivals, processArrivals } from '../../../edge/exchange/arrivals.ts';
import type { Connection } from '../connection.ts';

/**
 * The number of new connections that are read in one tick: as many of the newest, because among many, the oldest have
 * given up or belong to a client that opens many, as of the oldest, so that none waits for ever.
 */
const READ_PER_TICK = 256;
/** The maximum duration of a burst in milliseconds, in which connections are only accepted. */
const ACCEPT_MS = 50;
/** The time for other work after a burst, in milliseconds, before another burst may begin. */
const PASS_MS = 20;
/** The number of waiting connections at which a burst ends: further ones wait in the system, without memory here. */
const MOST_WAITING = 1024;

/** The new connections that have not been read yet. */
export class NewConnections {
  #waiting: Connection[] = [];
  #isScheduled = false;
  #hasNew = false;
  #isBurst = false;
  /** When the burst began; undefined when the next one may begin. */
  #sinceMs: number | undefined;
  readonly #isBehind: () => boolean;
  readonly #arrivals: Arrivals;

  /**
   * `isBehind` returns whether too many connections that were accepted earlier wait to be read. Further ones then wait
   * in the system, where they take no memory of this process, for which others would be closed.
   */
  constructor(isBehind: () => boolean, arrivals: Arrivals = processArrivals) {
    this.#isBehind = isBehind;
    this.#arrivals = arrivals;
  }

  add(connection: Connection): void {
    this.#hasNew = true;
    if (connection.isReset) connection.destroy();
    else {
      connection.awaitTurn();
      this.#waiting.push(connection);
    }
    if (this.#isScheduled) return;
    this.#setBurst(this.#sinceMs === undefined && this.#mayAcceptBurst);
    this.#schedule();
  }

  /** While connections arrive, other work waits. */
  #setBurst(isBurst: boolean): void {
    if (isBurst === this.#isBurst) return;
    this.#isBurst = isBurst;
    if (isBurst) this.#arrivals.beginBurst();
    else this.#arrivals.endBurst();
  }

  get #mayAcceptBurst(): boolean {
    return this.#waiting.length < MOST_WAITING && !this.#isBehind();
  }

  readAll(): void {
    this.#hasNew = false;
    this.#setBurst(false);
    for (const connection of this.#waiting.splice(0)) connection.beginReading();
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
    this.#setBurst(this.#hasNew && ageMs < ACCEPT_MS && this.#mayAcceptBurst);
    if (!this.#isBurst) {
      this.#readSome();
      if (!this.#hasNew || ageMs > ACCEPT_MS + PASS_MS) this.#sinceMs = undefined;
    }
    this.#hasNew = false;
    if (this.#waiting.length > 0 || this.#isBurst) this.#schedule();
  }

  #readSome(): void {
    const newest = this.#waiting.splice(-READ_PER_TICK / 2).reverse();
    for (const connection of [...newest, ...this.#waiting.splice(0, READ_PER_TICK / 2)]) {
      if (connection.isReset) connection.destroy();
      else connection.beginReading();
    }
  }
}
