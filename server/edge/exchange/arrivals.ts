// Counts the connections that arrive, for work that lets them pass: Node accepts one in each tick of the event loop, so
// ticks of many milliseconds would keep a new client waiting behind all that connected before it.

/** The connections that were accepted so far. */
export class Arrivals {
  #count = 0;
  #bursts = 0;

  get count(): number {
    return this.#count;
  }

  /** Must be called when a connection has been accepted. */
  add(): void {
    this.#count++;
  }

  /** Whether a burst of connections is being accepted, so that other work should wait for some milliseconds. */
  get isBurst(): boolean {
    return this.#bursts > 0;
  }

  /** Must be called when a burst begins on a port, and be followed by `endBurst`. */
  beginBurst(): void {
    this.#bursts++;
  }

  endBurst(): void {
    this.#bursts--;
  }
}

/** The connections of the process, on all its ports: they share one event loop. */
export const processArrivals = new Arrivals();
