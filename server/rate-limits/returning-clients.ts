// Remembers which clients have logged in from which network, so that failures of others there do not lock them out.
import { LRUCache } from 'lru-cache';

/** Since the last login. Long enough for a job that runs about once an hour. */
const TTL_MS = 60 * 60 * 1000;

/** Clients, about 2 MB. Only valid secrets add one, so a stranger cannot evict them. */
const LIMIT = 10_000;

/** LRUCache takes a start time of 0 for no TTL. */
const CLOCK = { now: () => performance.now() + 1 };

/** In the memory of this process. Keeps client IDs and networks, but no secrets. */
export class ReturningClients {
  readonly #clients = new LRUCache<string, true>({ max: LIMIT, ttl: TTL_MS, ttlResolution: 0, perf: CLOCK });

  has(network: string, clientId: string): boolean {
    return this.#clients.has(keyOf(network, clientId));
  }

  add(network: string, clientId: string): void {
    this.#clients.set(keyOf(network, clientId), true);
  }
}

/** Unambiguous: no network contains a space. */
function keyOf(network: string, clientId: string): string {
  return `${network} ${clientId}`;
}
