// Remembers the client of credentials that were right, so that the client of a new connection is known before its first
// request is parsed. Wrong credentials are not remembered, so nobody can use up the turns of another client.
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** The maximum number of credentials, which take about 2 MB. */
const LIMIT = 10_000;

/** The client IDs by the hash of the whole `Authorization` header, so that no secret stays in memory. */
const clients = new LRUCache<string, string>({ max: LIMIT });

const keyOf = (header: string) => hash('sha256', header, 'base64');

/** Must be called when a client has been authenticated by this `Authorization` header. */
export function rememberCredentials(header: string, clientId: string): void {
  clients.set(keyOf(header), clientId);
}

/** Returns the client ID that this `Authorization` header belonged to when it was last authenticated. */
export function clientWith(header: string): string | undefined {
  return clients.get(keyOf(header));
}
