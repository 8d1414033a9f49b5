// Waits for a store that is not available yet, for example when all parts of a system start at once: PostgreSQL is not
// up, or another server has locked the SQLite file.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { type StoreErrorKind, StoreOpenError, StoreUnavailableError } from './store-errors.ts';

export interface RetryOptions {
  /** The time in milliseconds after which the last error is final; 0 makes the first error final. */
  timeoutMs: number;
  /** Called before each pause. */
  onWait: (error: Error) => void;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  now?: () => number;
  /** Resolves after this number of milliseconds. */
  sleep?: (ms: number) => Promise<unknown>;
}

const FIRST_PAUSE_MS = 100;
const PAUSE_LIMIT_MS = 2000;

/** Repeats `open` with growing pauses while it rejects with temporary errors. */
export async function retryWhileDown<T>(open: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { timeoutMs, onWait, now = () => performance.now(), sleep = sleepFor } = options;
  const deadlineMs = now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_LIMIT_MS)) {
    try {
      return await open();
    } catch (error) {
      const remainingMs = deadlineMs - now();
      if (!mayPass(error) || remainingMs <= 0) throw error;
      onWait(error);
      // Random pauses keep several waiting servers from retrying at the same moment.
      await sleep(Math.min(pauseMs * (0.5 + Math.random() / 2), remainingMs));
    }
  }
}

/** The kinds of errors that somebody has to fix. */
const LASTING = new Set<StoreErrorKind>(['damaged', 'denied', 'schema']);

function mayPass(error: unknown): error is Error {
  if (error instanceof StoreUnavailableError) return !LASTING.has(error.kind);
  return error instanceof StoreOpenError && error.mayPass;
}
