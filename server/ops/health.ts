// Whether the process lives, and whether it should get requests: never while it starts or ends, nor when its store cannot write.
import type { Logger } from 'pino';

export type Phase = 'starting' | 'serving' | 'draining';

export interface Health {
  phase: Phase;
  /** Why no requests should come, or undefined when they may. Never rejects. */
  findObstacle(): Promise<'starting' | 'draining' | 'database' | undefined>;
}

export interface HealthOptions {
  /** Rejects when the store cannot read or write. */
  check(): Promise<void>;
  log: Logger;
  /** Default: `starting`. */
  phase?: Phase;
  /** In milliseconds, of any origin. */
  now?: () => number;
}

/** A check writes, and anybody may ask: one result serves all who ask within this time. */
const REUSE_MS = 1000;
/** A store that waits for a lock or a connection gives up sooner. */
const CHECK_TIMEOUT_MS = 5000;

/** Tells the health of a store; `log` hears of it when that changes. */
export function createHealth(options: HealthOptions): Health {
  const { check, log, now = () => performance.now() } = options;
  let last: { sinceMs: number; passed: Promise<boolean> } | undefined;
  let passedBefore = true;

  const checkStore = async (): Promise<boolean> => {
    const fault = await withTimeout(check(), CHECK_TIMEOUT_MS).then(
      () => undefined,
      (error: unknown) => error,
    );
    const passed = fault === undefined;
    if (!passed && passedBefore) log.error({ err: fault }, 'not ready: the store cannot write');
    if (passed && !passedBefore) log.info('ready again');
    passedBefore = passed;
    return passed;
  };

  return {
    phase: options.phase ?? 'starting',
    async findObstacle() {
      if (this.phase !== 'serving') return this.phase;
      if (!last || now() - last.sinceMs >= REUSE_MS) last = { sinceMs: now(), passed: checkStore() };
      const passed = await last.passed;
      // It may have ended meanwhile.
      if (this.phase !== 'serving') return this.phase;
      return passed ? undefined : 'database';
    },
  };
}

async function withTimeout(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`The store did not answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
