// A queue in which clients, or connections, take turns, so that one with thousands of requests does not keep others
// waiting.

/** The items of one client. */
interface Queue<T> {
  readonly size: number;
  add(item: T): void;
  delete(item: T): boolean;
  take(): T | undefined;
}

/** Items in the order in which they were added. */
class OldestFirst<T> extends Set<T> implements Queue<T> {
  take(): T | undefined {
    const [oldest] = this;
    if (oldest !== undefined) this.delete(oldest);
    return oldest;
  }
}

/** Items that wait, one of each client after the other. */
export class ClientQueue<T> {
  /** The items of each client. The client whose turn is next comes first. */
  readonly #queues = new Map<unknown, Queue<T>>();
  readonly #clients = new Map<T, unknown>();
  readonly #clientOf: (item: T) => unknown;
  readonly #createQueue: () => Queue<T>;

  /** `createQueue` creates the queue of each client. By default, its oldest item comes first. */
  constructor(clientOf: (item: T) => unknown, createQueue: () => Queue<T> = () => new OldestFirst()) {
    this.#clientOf = clientOf;
    this.#createQueue = createQueue;
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
    const queue = this.#queues.get(client) ?? this.#createQueue();
    queue.add(item);
    this.#queues.set(client, queue);
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
    const [next] = this.#queues;
    if (!next) return undefined;
    const [client, queue] = next;
    const item = queue.take();
    this.#queues.delete(client);
    // A client that is added again comes last.
    if (queue.size > 0) this.#queues.set(client, queue);
    if (item !== undefined) this.#clients.delete(item);
    return item;
  }
}
