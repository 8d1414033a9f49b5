// Forgets idempotency keys that are past their time, a few at once, so that creates hardly notice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from './store.ts';

export interface PurgeOptions {
  log: Logger;
  /** Milliseconds between two purges. */
  everyMs?: number;
}

export interface Purge {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

const EVERY_MS = 60_000;

/** Keys that go in one transaction, which takes a few milliseconds, and the pause after it: at most 25,000 keys a second. */
const CHUNK = 500;
const PAUSE_MS = 20;

/** Purges now, and from then on every so often. Keeps no process alive. */
export function startPurge(
  store: Pick<Store, 'purgeIdempotencyKeys'>,
  { log, everyMs = EVERY_MS }: PurgeOptions,
): Purge {
  const stopped = new AbortController();
  const { signal } = stopped;
  const running = repeat().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return {
    stop: () => {
      stopped.abort();
      return running;
    },
  };

  async function repeat(): Promise<void> {
    for (;;) {
      await purgeAll().catch((error) => {
        // A store that is not there for a moment is no reason to give up: the keys can wait.
        if (!signal.aborted) log.warn({ err: error }, 'idempotency keys could not be purged');
      });
      await sleep(everyMs, undefined, { signal, ref: false });
    }
  }

  async function purgeAll(): Promise<void> {
    let total = 0;
    for (;;) {
      const purged = await store.purgeIdempotencyKeys(CHUNK);
      total += purged;
      if (purged < CHUNK) break;
      await sleep(PAUSE_MS, undefined, { signal, ref: false });
    }
    if (total > 0) log.info({ total }, 'idempotency keys purged');
  }
}
