// Liveness and readiness. The server is not ready while it starts or shuts down, nor while its store cannot write.
import type { Logger } from 'pino';

type Phase = 'starting' | 'serving' | 'draining';

type NotReadyReason = 'starting' | 'draining' | 'database';

export interface Health {
  phase: Phase;
  /** Why no requests should be sent; undefined when they may. Never rejects. */
  findNotReadyReason(): Promise<NotReadyReason | undefined>;
}

export interface HealthOptions {
  /** Rejects when the store cannot read or write. */
  check(): Promise<void>;
  log: Logger;
  /** Called with what a check rejected with. */
  onFailed?: (error: unknown) => void;
  /** Default: `starting`. */
  phase?: Phase;
  /** In milliseconds, of any origin. */
  now?: () => number;
}

/** A check writes, and anybody may send a probe: all probes within this time share one result. */
const REUSE_MS = 1000;
/** A store that waits for a lock or a connection gives up sooner. */
const CHECK_TIMEOUT_MS = 5000;

/** The health of a server on a store. Each change is logged. */
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
      // The phase may have changed meanwhile.
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
