// Remembers API keys for a moment, so that a store across a network is not asked anew for each request. Serves any store.
import { performance } from 'node:perf_hooks';
import type { ApiKey } from './store.ts';

/** How API keys are remembered. */
export interface ApiKeyCacheOptions {
  /** For how long a key is taken as valid without asking: a revocation is in force everywhere after this time, in milliseconds. Default: 2500. */
  ttlMs?: number;
  /** Keys at most; beyond, the one that was asked for first is forgotten. Default: 10,000. */
  limit?: number;
  /** Milliseconds of a clock that never goes back. */
  clock?: () => number;
}

interface Entry {
  key: Promise<ApiKey | undefined>;
  askedMs: number;
}

/** Within the 5 s that a revocation may take, with room for the look-up itself. */
const TTL_MS = 2500;
const LIMIT = 10_000;

/** Look-ups that run at once for the same client are one. Clients that are unknown, and look-ups that fail, are not remembered. */
export class ApiKeyCache {
  readonly #find: (clientId: string) => Promise<ApiKey | undefined>;
  readonly #ttlMs: number;
  readonly #limit: number;
  readonly #clock: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(
    find: (clientId: string) => Promise<ApiKey | undefined>,
    { ttlMs = TTL_MS, limit = LIMIT, clock = () => performance.now() }: ApiKeyCacheOptions = {},
  ) {
    this.#find = find;
    this.#ttlMs = ttlMs;
    this.#limit = limit;
    this.#clock = clock;
  }

  find(clientId: string): Promise<ApiKey | undefined> {
    const now = this.#clock();
    const known = this.#entries.get(clientId);
    if (known && now - known.askedMs < this.#ttlMs) return known.key;
    const entry = { key: this.#find(clientId), askedMs: now };
    this.#entries.delete(clientId);
    this.#entries.set(clientId, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
    const drop = () => {
      if (this.#entries.get(clientId) === entry) this.#entries.delete(clientId);
    };
    entry.key.then((key) => key ?? drop(), drop);
    return entry.key;
  }

  forget(clientId: string): void {
    this.#entries.delete(clientId);
  }
}
