// One budget for the bytes that this process holds on behalf of clients: connections, requests, unfinished bodies,
// parsed bodies, unread responses.

const MIB = 1_048_576;

/** In MiB: enough for 5,200 idle connections. The process stays below 270 MB under most attacks, 350 MB under all. */
export const DEFAULT_CLIENT_MEMORY_MB = 48;

/** Frees at least this number of bytes, or as many as it can, for example by closing connections. */
export type Reclaim = (bytes: number) => void;

/**
 * Counts the bytes that are held on behalf of clients. Beyond the limit, memory is reclaimed first; what then does not
 * fit is rejected.
 *
 * @example
 * const memory = new MemoryBudget(48 * 1024 * 1024);
 * const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store), memory });
 * const server = await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001', memory });
 */
export class MemoryBudget {
  /** In bytes. */
  readonly limit: number;
  #held = 0;
  #refused = 0;
  #reclaimed = 0;
  readonly #reclaims = new Set<Reclaim>();

  /** @param limit in bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** Number of times that there was no room for a body. */
  get refused(): number {
    return this.#refused;
  }

  /** Number of connections and requests whose memory was reclaimed. */
  get reclaimed(): number {
    return this.#reclaimed;
  }

  /** Counts bytes that are held already, whether or not there is room. */
  add(bytes: number): void {
    this.#held += bytes;
    if (this.#held > this.limit) this.#reclaim();
  }

  /** Counts bytes if there is room for them. */
  tryAdd(bytes: number): boolean {
    this.add(bytes);
    if (this.#held <= this.limit) return true;
    this.#held -= bytes;
    this.#refused++;
    return false;
  }

  /** Counts bytes as no longer held. */
  release(bytes: number): void {
    this.#held -= bytes;
  }

  /** Counts a connection or a request whose memory was reclaimed. */
  countReclaimed(): void {
    this.#reclaimed++;
  }

  /** Registers a function that can free memory. Returns the function that removes it. */
  onShortage(reclaim: Reclaim): () => void {
    this.#reclaims.add(reclaim);
    return () => this.#reclaims.delete(reclaim);
  }

  #reclaim(): void {
    for (const reclaim of this.#reclaims) {
      const excess = this.#held - this.limit;
      if (excess <= 0) return;
      reclaim(excess);
    }
  }
}

/** The budget of all servers in this process that have none of their own. */
export const processMemory = new MemoryBudget(DEFAULT_CLIENT_MEMORY_MB * MIB);
