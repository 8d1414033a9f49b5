// Remembers which clients have logged in from where, so that a stranger who fails at an address does not lock out those who belong there.

/** Since the last log-in. Long enough for a job that runs once an hour, or nearly. */
const TTL_MS = 60 * 60 * 1000;
/** Clients at most, about 2 MB; beyond, the one that was away longest is forgotten. Only right secrets get in, so no stranger can fill it. */
const LIMIT = 10_000;

/** In the memory of this process. What it knows is a client ID at a network, never a secret. */
export class KnownClients {
  /** When each was seen last, the longest ago first. */
  readonly #seenMs = new Map<string, number>();
  #last = '';

  has(network: string, clientId: string): boolean {
    const seenMs = this.#seenMs.get(nameOf(network, clientId));
    return seenMs !== undefined && performance.now() - seenMs < TTL_MS;
  }

  add(network: string, clientId: string): void {
    const name = nameOf(network, clientId);
    // A client may log in thousands of times a second. Who is the last already stays where it is.
    if (name !== this.#last) this.#seenMs.delete(name);
    this.#seenMs.set(name, performance.now());
    this.#last = name;
    if (this.#seenMs.size <= LIMIT) return;
    for (const oldest of this.#seenMs.keys()) {
      this.#seenMs.delete(oldest);
      return;
    }
  }
}

/** No network has a blank in it. */
function nameOf(network: string, clientId: string): string {
  return `${network} ${clientId}`;
}
