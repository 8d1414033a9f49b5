// A queue of which the newest item and the oldest are taken in turn.

/** The maximum number of items that are kept in memory although they were taken or deleted. */
const MAX_OUTDATED = 1024;

/**
 * Items that wait. Among thousands, the oldest have given up or belong to a client that sends many, so that the newest
 * must not wait for them; and the oldest must not wait for ever.
 */
export class BothEnds<T> {
  readonly #waiting = new Set<T>();
  /** The waiting items, newest last, and some that no longer wait. */
  #newest: T[] = [];
  #takesOldest = false;

  get size(): number {
    return this.#waiting.size;
  }

  has(item: T): boolean {
    return this.#waiting.has(item);
  }

  add(item: T): void {
    if (this.#waiting.has(item)) return;
    this.#waiting.add(item);
    this.#newest.push(item);
  }

  /** Returns whether the item was waiting. */
  delete(item: T): boolean {
    const wasWaiting = this.#waiting.delete(item);
    if (this.#waiting.size === 0) this.#newest = [];
    else if (this.#newest.length > this.#waiting.size + MAX_OUTDATED) this.#newest = [...this.#waiting];
    return wasWaiting;
  }

  /** Removes and returns the newest item or, every other time, the oldest. */
  take(): T | undefined {
    const [oldest] = this.#waiting;
    const item = this.#takesOldest ? oldest : this.#takeNewest();
    this.#takesOldest = !this.#takesOldest;
    if (item !== undefined) this.delete(item);
    return item;
  }

  #takeNewest(): T | undefined {
    let newest = this.#newest.pop();
    while (newest !== undefined && !this.#waiting.has(newest)) newest = this.#newest.pop();
    return newest;
  }
}
