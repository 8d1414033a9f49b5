// Ends a run when the implementation has become unavailable, instead of waiting for hundreds of timeouts.
import type { Outcome } from './suite.ts';

/** The number of successive cases without a response after which the implementation is probed. */
const MAX_FAILURES_IN_A_ROW = 10;

export interface AvailabilityWatch {
  /** The option `stopWhen` of `SuiteOptions`. */
  stopWhen(outcome: Outcome): Promise<boolean>;
  /** The reason why the run was stopped; undefined if it was not. */
  reason(): string | undefined;
}

/** `probe` resolves with the reason to stop, or with undefined when the implementation is available. */
export function watchAvailability(probe: () => Promise<string | undefined>): AvailabilityWatch {
  let failed: Outcome[] = [];
  let reason: string | undefined;
  return {
    async stopWhen(outcome) {
      if (outcome.rateLimited) reason ??= `The implementation ${outcome.rateLimited.message}. Try again later.`;
      failed = outcome.response ? [] : [...failed, outcome];
      const [first] = failed;
      if (first && failed.length >= MAX_FAILURES_IN_A_ROW) {
        failed = [];
        const error = first.unreachable
          ? await probe()
          : 'The implementation sends no complete response to any request.';
        if (error !== undefined) reason ??= `${error} The first case without a response was "${first.case.name}".`;
      }
      return reason !== undefined;
    },
    reason: () => reason,
  };
}
