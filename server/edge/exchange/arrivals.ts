// Counts the connections that arrive, for work that lets them pass: Node accepts one in each tick of the event loop, so
// ticks of many milliseconds would keep a new client waiting behind all that connected before it.

/** The connections that were accepted so far. */
export class Arrivals {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Must be called when a connection has been accepted. */
  add(): void {
    this.#count++;
  }
}

/** The connections of the process, on all its ports: they share one event loop. */
export const processArrivals = new Arrivals();
