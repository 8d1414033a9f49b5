// Graceful shutdown of the server: it fails its readiness probe, finishes the requests that it has accepted, and closes
// its store.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Listening } from '../http/listen.ts';
import type { Purge } from '../store/purge.ts';
import type { Store } from '../store/store.ts';
import type { Health } from './health.ts';

export interface ShutdownOptions {
  server: Listening;
  /** Probes on a port of their own. They respond until everything else is closed. */
  probes?: Listening | undefined;
  store: Store;
  purge: Purge;
  health: Health;
  log: Logger;
  /** From the signal to the exit. */
  timeoutMs: number;
}

/**
 * From SIGTERM until no more connections are accepted. Meanwhile every response closes its connection, and a load
 * balancer may notice the readiness probe. A tenth of the time-out at most.
 */
const NOTICE_MS = 1000;
/** Kept of the time-out for closing the store. A quarter of it at most. */
const STORE_MS = 2500;
/** With a shorter time-out, cutting off all connections still gets this long. */
const MIN_TIMEOUT_MS = 1000;
/** For the last lines of the log, if its reader is slow. */
const LOG_MS = 500;

/**
 * Shuts down on SIGTERM, and without notice on SIGINT (Ctrl-C). A second signal ends the process at once, with exit
 * code 1, and so does the time-out.
 */
export function shutDownOnSignal(options: ShutdownOptions): void {
  const onSignal = (signal: NodeJS.Signals) => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    for (const each of ['SIGTERM', 'SIGINT']) process.once(each, () => process.exit(1));
    setTimeout(
      () => {
        options.log.error('shutdown timed out');
        process.exit(1);
      },
      Math.max(options.timeoutMs, MIN_TIMEOUT_MS),
    ).unref();
    shutDown(options, signal).catch((error: unknown) => {
      options.log.fatal({ err: error }, 'shutdown failed');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

async function shutDown(options: ShutdownOptions, signal: NodeJS.Signals): Promise<void> {
  const { server, probes, store, purge, health, log, timeoutMs } = options;
  const deadlineMs = performance.now() + timeoutMs;
  health.phase = 'draining';
  server.drain();
  log.info({ signal }, 'draining');
  if (signal === 'SIGTERM') await sleep(Math.min(NOTICE_MS, timeoutMs / 10));
  const leftMs = Math.max(0, deadlineMs - performance.now());
  const cutOff = await server.close(leftMs - Math.min(STORE_MS, timeoutMs / 4));
  if (cutOff > 0) log.warn({ cutOff }, 'some requests took too long and were cut off');
  await purge.stop();
  await store.close();
  await probes?.close(0);
  log.info('closed');
  // Nothing is left to do, but a log that nobody reads would keep the process.
  setTimeout(() => process.exit(), LOG_MS).unref();
}
