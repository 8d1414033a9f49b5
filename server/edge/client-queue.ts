// A queue in which clients, or connections, take turns, so that one with thousands of requests does not keep others
// waiting.

/** Items that wait, one of each client after the other. Those of a client are in the order in which they were added. */
export class ClientQueue<T> {
  /** The items of each client. The client whose turn is next comes first. */
  readonly #queues = new Map<unknown, Set<T>>();
  readonly #clients = new Map<T, unknown>();
  readonly #clientOf: (item: T) => unknown;

  constructor(clientOf: (item: T) => unknown) {
    this.#clientOf = clientOf;
  }

  get size(): number {
    return this.#clients.size;
  }

  has(item: T): boolean {
    return this.#clients.has(item);
  }

  /** Adds an item, unless it is already waiting. */
  add(item: T): void {
    if (this.has(item)) return;
    const client = this.#clientOf(item);
    this.#clients.set(item, client);
    const queue = this.#queues.get(client);
    if (queue) queue.add(item);
    else this.#queues.set(client, new Set([item]));
  }

  /** Returns whether the item was waiting. */
  delete(item: T): boolean {
    const client = this.#clients.get(item);
    if (!this.#clients.delete(item)) return false;
    const queue = this.#queues.get(client);
    queue?.delete(item);
    if (queue?.size === 0) this.#queues.delete(client);
    return true;
  }

  /** Removes and returns the next item. Its client moves to the end. */
  take(): T | undefined {
    for (const [client, queue] of this.#queues)
      for (const item of queue) {
        this.delete(item);
        // A client that is added again comes last.
        if (this.#queues.delete(client)) this.#queues.set(client, queue);
        return item;
      }
    return undefined;
  }
}
