// Remembers which clients have logged in from which network, so that failed logins of others there do not lock them
// out.
import { LRUCache } from 'lru-cache';

/** The time since the last login, long enough for a job that runs about once an hour. */
const TTL_MS = 60 * 60 * 1000;

/** The maximum number of clients, which take about 2 MB. Only valid secrets add one, so strangers cannot evict them. */
const LIMIT = 10_000;

/** A clock that never returns 0, which LRUCache would interpret as no TTL. */
const CLOCK = { now: () => performance.now() + 1 };

/** The returning clients, in the memory of this process. Keeps client IDs and networks, but no secrets. */
export class ReturningClients {
  readonly #clients = new LRUCache<string, true>({ max: LIMIT, ttl: TTL_MS, ttlResolution: 0, perf: CLOCK });

  has(network: string, clientId: string): boolean {
    return this.#clients.has(keyOf(network, clientId));
  }

  add(network: string, clientId: string): void {
    this.#clients.set(keyOf(network, clientId), true);
  }
}

/** Joins network and client ID unambiguously, since no network contains a space. */
function keyOf(network: string, clientId: string): string {
  return `${network} ${clientId}`;
}
