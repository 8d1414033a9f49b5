// The end of the server: it tells that it will be gone, answers what it has accepted, and closes its store.
import type { Logger } from 'pino';
import type { Listening } from '../http/listen.ts';
import type { Purge } from '../store/purge.ts';
import type { Store } from '../store/store.ts';
import type { Health } from './health.ts';

export interface Ending {
  server: Listening;
  store: Store;
  purge: Purge;
  health: Health;
  log: Logger;
  /** From the signal to the exit. */
  timeoutMs: number;
}

/** From the signal until no more connections are accepted. Clients on open connections learn in their next answer that they should leave; a load balancer may see that readiness fails. */
const NOTICE_MS = 1000;
/** Kept of the whole time for closing the store. */
const STORE_MS = 2500;

/** However little time is given, cutting everybody off takes this long at most. */
const LEAST_MS = 1000;

/**
 * SIGTERM ends the server in good order, SIGINT (Ctrl-C) as well but without notice; a second signal ends it at once, with exit code 1. Should something hang, the process exits when the time is over.
 */
export function endOnSignal({ server, store, purge, health, log, timeoutMs }: Ending): void {
  const end = async (signal: string) => {
    const deadlineMs = performance.now() + timeoutMs;
    const leftMs = () => Math.max(0, deadlineMs - performance.now());
    for (const each of ['SIGTERM', 'SIGINT'] as const) process.once(each, () => process.exit(1));
    const giveUp = () => {
      log.error('the time for the end is over');
      process.exit(1);
    };
    setTimeout(giveUp, Math.max(timeoutMs, LEAST_MS)).unref();

    health.phase = 'draining';
    server.drain();
    log.info({ signal }, 'draining');
    if (signal === 'SIGTERM') await new Promise((settle) => setTimeout(settle, Math.min(NOTICE_MS, timeoutMs / 10)));
    const cutOff = await server.close(leftMs() - Math.min(STORE_MS, timeoutMs / 4));
    if (cutOff > 0) log.warn({ cutOff }, 'some requests took too long and were cut off');
    await purge.stop();
    await store.close();
    log.info('closed');
  };
  const onSignal = (signal: NodeJS.Signals) => {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    void end(signal).catch((error: unknown) => {
      log.fatal({ err: error }, 'could not end in good order');
      process.exit(1);
    });
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}
