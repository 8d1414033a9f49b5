// Notes when API keys were last used, apart from the requests: in memory first, and then many in one write.
import type { Logger } from 'pino';
import type { Principal } from '../edge/options.ts';
import type { ApiKeyUse } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** Between two writes. What is stored is at most a minute old. */
const INTERVAL_MS = 30_000;

export interface KeyUsesOptions {
  log: Logger;
  /** Milliseconds between two writes. Default: 30,000. */
  intervalMs?: number;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
}

/** Uses of API keys that are not stored yet. Only known keys are noted, so the memory is bounded. */
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

  /** Stores what is noted, and notes no more. Resolves also when the store is not available. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writeNext();
  }

  /** One write at a time. */
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
      // Tried again, unless a key was used since.
      this.#uses = new Map([...uses, ...this.#uses]);
    }
  }
}
