// Records when API keys were last used: in memory first, and then many in one write, outside of requests.
import type { Logger } from 'pino';
import type { Principal } from '../edge/options.ts';
import type { ApiKeyUse } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** The interval between two writes, so that a stored time is at most a minute old. */
const INTERVAL_MS = 30_000;

export interface KeyUsesOptions {
  log: Logger;
  /** The interval between two writes in milliseconds. Default: 30,000. */
  intervalMs?: number;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
}

/** The uses of API keys that have not been stored yet. Only known keys are recorded, so the memory is bounded. */
export class KeyUses {
  readonly #store: Pick<Store, 'recordApiKeyUses'>;
  readonly #options: KeyUsesOptions;
  readonly #timer: NodeJS.Timeout;
  #writing = Promise.resolve();
  #uses = new Map<string, ApiKeyUse>();

  constructor(store: Pick<Store, 'recordApiKeyUses'>, options: KeyUsesOptions) {
    this.#store = store;
    this.#options = options;
    this.#timer = setInterval(() => this.#writeNext(), options.intervalMs ?? INTERVAL_MS).unref();
  }

  record({ account, clientId }: Principal): void {
    this.#uses.set(clientId, { account, clientId, usedAt: new Date((this.#options.now ?? Date.now)()) });
  }

  /** Stores the recorded uses, and records no more. Resolves even if the store is unavailable. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writeNext();
  }

  /** Starts a write after the previous one has ended. */
  #writeNext(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const uses = this.#uses;
    if (uses.size === 0) return;
    this.#uses = new Map();
    try {
      await this.#store.recordApiKeyUses([...uses.values()]);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the last use of API keys could not be stored');
      // Kept for the next write. A more recent use takes precedence.
      this.#uses = new Map([...uses, ...this.#uses]);
    }
  }
}
