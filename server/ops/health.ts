// Liveness and readiness. The server is not ready while it starts or shuts down, nor while its store cannot write.
import type { Logger } from 'pino';

type Phase = 'starting' | 'serving' | 'draining';

type NotReadyReason = 'starting' | 'draining' | 'database';

export interface Health {
  phase: Phase;
  /** Returns why the server should get no requests, or undefined if it is ready. Never rejects. */
  findNotReadyReason(): Promise<NotReadyReason | undefined>;
}

export interface HealthOptions {
  /** Rejects when the store cannot read or write. */
  check(): Promise<void>;
  log: Logger;
  /** Called with the error of a failed check. */
  onFailed?: (error: unknown) => void;
  /** The initial phase. Default: `starting`. */
  phase?: Phase;
  /** A clock in milliseconds, of any origin. */
  now?: () => number;
}

/** The time for which probes share one result, because a check writes and anybody may send probes. */
const REUSE_MS = 1000;
/** The time-out of a check. A store that waits for a lock or a connection gives up earlier. */
const CHECK_TIMEOUT_MS = 5000;

/** Creates the health of a server on a store. Each change of readiness is logged. */
export function createHealth(options: HealthOptions): Health {
  const { check, log, onFailed, now = () => performance.now() } = options;
  let last: { startedMs: number; passed: Promise<boolean> } | undefined;
  let passedBefore = true;

  const checkStore = async (): Promise<boolean> => {
    const error = await withTimeout(check(), CHECK_TIMEOUT_MS).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    const passed = error === undefined;
    if (!passed) onFailed?.(error);
    if (!passed && passedBefore) log.error({ err: error }, 'not ready: the store cannot write');
    if (passed && !passedBefore) log.info('ready again');
    passedBefore = passed;
    return passed;
  };

  return {
    phase: options.phase ?? 'starting',
    async findNotReadyReason() {
      if (this.phase !== 'serving') return this.phase;
      if (!last || now() - last.startedMs >= REUSE_MS) last = { startedMs: now(), passed: checkStore() };
      const passed = await last.passed;
      // The phase may have changed during the check.
      if (this.phase !== 'serving') return this.phase;
      return passed ? undefined : 'database';
    },
  };
}

async function withTimeout(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The store did not respond within ${timeoutMs} ms.`)), timeoutMs);
  });
  await Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
