// Deletes expired idempotency keys in the background, a few at a time so that creates are hardly delayed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from './store.ts';

export interface PurgeOptions {
  log: Logger;
  /** The interval between two purges in milliseconds. Default: 60,000. */
  intervalMs?: number;
  /** Called with the number of deleted keys when a purge has deleted all expired ones. */
  onPurged?: (total: number) => void;
  /** Called with the error of a failed purge, which is retried after the interval. */
  onFailed?: (error: unknown) => void;
}

export interface Purge {
  /** Resolves when the purge has stopped. */
  stop(): Promise<void>;
}

const INTERVAL_MS = 60_000;

/**
 * The number of keys in one transaction, which takes a few milliseconds, and the pause after it: at most 25,000 keys a
 * second.
 */
const CHUNK_SIZE = 500;
const PAUSE_MS = 20;

/** Purges now and at every interval. Does not keep the process alive. */
export function startPurge(
  store: Pick<Store, 'purgeIdempotencyKeys'>,
  { log, intervalMs = INTERVAL_MS, onPurged, onFailed }: PurgeOptions,
): Purge {
  const controller = new AbortController();
  const { signal } = controller;
  const running = repeat().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return {
    stop: () => {
      controller.abort();
      return running;
    },
  };

  async function repeat(): Promise<void> {
    for (;;) {
      await purgeAll().catch((error) => {
        // Retried at the next interval: the store may be unavailable for a moment.
        if (signal.aborted) return;
        log.warn({ err: error }, 'idempotency keys could not be purged');
        onFailed?.(error);
      });
      await sleep(intervalMs, undefined, { signal, ref: false });
    }
  }

  async function purgeAll(): Promise<void> {
    let total = 0;
    for (;;) {
      const purged = await store.purgeIdempotencyKeys(CHUNK_SIZE);
      total += purged;
      if (purged < CHUNK_SIZE) break;
      await sleep(PAUSE_MS, undefined, { signal, ref: false });
    }
    if (total > 0) log.info({ total }, 'idempotency keys purged');
    onPurged?.(total);
  }
}
