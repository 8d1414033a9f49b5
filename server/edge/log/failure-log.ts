// Logs failures of the server: an outage fails every request, and a stack for each of them would hide its cause.
import type { Logger } from 'pino';
import { CAUSE_DEPTH } from './log-options.ts';

/** What is logged of one failed request. */
export interface Failure {
  requestId: string;
  traceId?: string | undefined;
  err: unknown;
}

/** Between two lines about the same failure. */
const INTERVAL_MS = 1000;
/** Different failures within an interval. Further ones count as one. */
const KIND_LIMIT = 20;
/** Requests that a line for several of them names. */
const REQUEST_IDS = 10;

interface Repeated {
  count: number;
  requestIds: string[];
  err: unknown;
}

/**
 * Logs the first failure at once. Equal ones that follow are counted, and logged as one line a second. Failures are
 * equal when their messages and those of their causes are.
 */
export class FailureLog {
  readonly #log: Logger;
  readonly #repeated = new Map<string, Repeated>();

  constructor(log: Logger) {
    this.#log = log;
  }

  add(failure: Failure): void {
    const kind = this.#kindOf(failure.err);
    const repeated = this.#repeated.get(kind);
    if (repeated) {
      repeated.count++;
      repeated.err = failure.err;
      if (repeated.requestIds.length < REQUEST_IDS) repeated.requestIds.push(failure.requestId);
      return;
    }
    this.#log.error(failure, 'request failed');
    this.#count(kind);
  }

  #kindOf(error: unknown): string {
    const kind = describe(error);
    return this.#repeated.has(kind) || this.#repeated.size < KIND_LIMIT ? kind : 'other';
  }

  #count(kind: string): void {
    const repeated: Repeated = { count: 0, requestIds: [], err: undefined };
    this.#repeated.set(kind, repeated);
    setTimeout(() => {
      this.#repeated.delete(kind);
      if (repeated.count === 0) return;
      this.#log.error(repeated, 'requests failed');
      this.#count(kind);
    }, INTERVAL_MS).unref();
  }
}

function describe(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined || depth === CAUSE_DEPTH ? '' : describe(error.cause, depth + 1);
  return `${error.name}: ${error.message}\n${cause}`;
}
