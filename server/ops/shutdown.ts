// Graceful shutdown of the server: it fails its readiness probe, finishes the requests that it has accepted, and closes
// its store.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Listening } from '../http/listen.ts';
import type { Purge } from '../store/purge.ts';
import type { Store } from '../store/store.ts';
import { endBoot } from './boot-signals.ts';
import type { Health } from './health.ts';

export interface ShutdownOptions {
  server: Listening;
  /** The probes on a port of their own, which respond until everything else is closed. */
  probes?: Listening | undefined;
  store: Store;
  purge: Purge;
  /** The uses of API keys, which are stored a last time. */
  uses: { stop(): Promise<void> };
  health: Health;
  log: Logger;
  /**
   * The time in milliseconds from SIGTERM until no more connections are accepted. Meanwhile, requests are served, every
   * response closes its connection, and load balancers notice the failing readiness probe.
   */
  delayMs: number;
  /** The time-out in milliseconds from the end of the delay to the exit. */
  timeoutMs: number;
}

/** The part of the time-out that is reserved for closing the store, at most a quarter of it. */
const STORE_MS = 2500;
/**
 * The minimum time from cutting off connections, which may happen late in a busy process, to the exit.
 */
const MIN_CLOSING_MS = 1000;
/** The time for the last lines of the log, if its reader is slow. */
const LOG_MS = 500;

/**
 * Shuts down on SIGTERM, and without the delay on SIGINT (Ctrl-C). A second signal and the time-out end the process at
 * once with exit code 1.
 */
export function shutDownOnSignal(options: ShutdownOptions): void {
  const onSignal = (signal: NodeJS.Signals) => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    for (const each of ['SIGTERM', 'SIGINT']) process.once(each, () => process.exit(1));
    const delayMs = signal === 'SIGTERM' ? options.delayMs : 0;
    const fail = () => {
      options.log.error('shutdown timed out');
      process.exit(1);
    };
    const startMs = performance.now();
    let timeout: NodeJS.Timeout | undefined;
    const onCutOff = () => {
      const leftMs = startMs + delayMs + options.timeoutMs - performance.now();
      timeout = setTimeout(fail, Math.max(leftMs, MIN_CLOSING_MS)).unref();
    };
    const closed = shutDown({ ...options, delayMs }, signal, onCutOff).then(() => clearTimeout(timeout));
    closed.catch((error: unknown) => {
      options.log.fatal({ err: error }, 'shutdown failed');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  endBoot();
}

/** Shuts down. `onCutOff` is called when the time for connections is over. */
async function shutDown(options: ShutdownOptions, signal: NodeJS.Signals, onCutOff: () => void): Promise<void> {
  const { server, probes, store, purge, uses, health, log, delayMs, timeoutMs } = options;
  health.phase = 'draining';
  server.drain();
  log.info({ signal, delayMs }, 'draining');
  if (delayMs > 0) await sleep(delayMs);
  const connectionsMs = timeoutMs - Math.min(STORE_MS, timeoutMs / 4);
  setTimeout(onCutOff, connectionsMs).unref();
  const cutOff = await server.close(connectionsMs);
  if (cutOff > 0) log.warn({ cutOff }, 'some requests took too long and were cut off');
  await purge.stop();
  await uses.stop();
  await store.close();
  await probes?.close(0);
  log.info('closed');
  // Nothing is left to do, but a log that nobody reads would keep the process alive.
  setTimeout(() => process.exit(), LOG_MS).unref();
}
