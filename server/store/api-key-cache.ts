// Caches API keys for a short time, so that not every request reads the store.
import { performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import type { ApiKey } from './records.ts';

/** How API keys are cached. */
export interface ApiKeyCacheOptions {
  /**
   * The time in milliseconds for which a key is valid without being read again. A revocation takes effect that much
   * later. Default: 2500.
   */
  ttlMs?: number;
  /** The maximum number of keys; the least recently used one is evicted. Default: 10,000. */
  limit?: number;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  clock?: () => number;
}

/** Half of the 5 s within which a revocation must take effect, which include the lookup itself. */
const TTL_MS = 2500;
const LIMIT = 10_000;

/** Returns the parts of a key that are valid now. The key or its previous secret may have expired since it was read. */
function validAt(key: ApiKey, nowMs: number): ApiKey | undefined {
  if (key.expiresAt && key.expiresAt.getTime() <= nowMs) return undefined;
  if (!key.previousExpiresAt || key.previousExpiresAt.getTime() > nowMs) return key;
  return { ...key, previousSecretHash: undefined, previousExpiresAt: undefined };
}

/** Caches keys, and shares concurrent lookups of a client. Does not cache unknown clients and failed lookups. */
export class ApiKeyCache {
  readonly #load: (clientId: string) => Promise<ApiKey | undefined>;
  readonly #now: () => number;
  readonly #keys: LRUCache<string, Promise<ApiKey | undefined>>;

  /** @param now the clock for expiry, in milliseconds since 1970-01-01 UTC */
  constructor(
    load: (clientId: string) => Promise<ApiKey | undefined>,
    now: () => number,
    { ttlMs = TTL_MS, limit = LIMIT, clock = () => performance.now() }: ApiKeyCacheOptions = {},
  ) {
    this.#load = load;
    this.#now = now;
    // Never 0, which LRUCache would interpret as no TTL.
    const perf = { now: () => clock() + 1 };
    this.#keys = new LRUCache({ max: limit, ttl: ttlMs, ttlResolution: 0, perf });
  }

  async find(clientId: string): Promise<ApiKey | undefined> {
    const key = await this.#find(clientId);
    return key && validAt(key, this.#now());
  }

  #find(clientId: string): Promise<ApiKey | undefined> {
    const cached = this.#keys.get(clientId);
    if (cached) return cached;
    const loading = this.#load(clientId);
    this.#keys.set(clientId, loading);
    const remove = () => {
      if (this.#keys.peek(clientId) === loading) this.#keys.delete(clientId);
    };
    loading.then((key) => key ?? remove(), remove);
    return loading;
  }

  delete(clientId: string): void {
    this.#keys.delete(clientId);
  }
}
