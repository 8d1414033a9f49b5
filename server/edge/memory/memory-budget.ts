// One budget for the bytes that this process holds on behalf of clients: connections, requests, unfinished bodies,
// parsed bodies, unread responses.

/** The bytes of a mebibyte. */
export const MIB = 1_048_576;

/** Enough for 5,200 idle connections. The process stays below 300 MB under most attacks. */
export const DEFAULT_CLIENT_MEMORY_MB = 48;

/** Frees at least this number of bytes, or as many as possible, for example by closing connections. */
export type Reclaim = (bytes: number) => void;

/**
 * Counts the bytes that are held on behalf of clients. At the limit, memory is reclaimed first; a request for more than
 * is then free is rejected.
 *
 * @example
 * const memory = new MemoryBudget(48 * 1024 * 1024);
 * const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store), memory });
 * const server = await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001', memory });
 */
export class MemoryBudget {
  /** The limit in bytes. */
  readonly limit: number;
  #held = 0;
  #rejected = 0;
  #reclaimed = 0;
  readonly #reclaims = new Set<Reclaim>();

  /** @param limit in bytes */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** The number of bytes that are currently held. */
  get held(): number {
    return this.#held;
  }

  /** The number of bodies for which there was no room. */
  get rejected(): number {
    return this.#rejected;
  }

  /** The number of connections and requests whose memory was reclaimed. */
  get reclaimed(): number {
    return this.#reclaimed;
  }

  /** Counts bytes that are already held, whether or not there is room. */
  add(bytes: number): void {
    this.#held += bytes;
    if (this.#held > this.limit) this.#reclaim();
  }

  /** Counts bytes if there is room for them. Nothing is reclaimed for more than the whole budget. */
  tryAdd(bytes: number): boolean {
    if (bytes <= this.limit) {
      this.add(bytes);
      if (this.#held <= this.limit) return true;
      this.#held -= bytes;
    }
    this.#rejected++;
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

/** The budget that servers of this process share by default. */
export const processMemory = new MemoryBudget(DEFAULT_CLIENT_MEMORY_MB * MIB);
