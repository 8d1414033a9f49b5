// Notices in the middle of a run that the implementation has gone away, so that nobody waits for hundreds of time-outs.
import type { Outcome } from './suite.ts';

/** So many cases in a row without an answer, and it is asked whether anybody is there. */
const STRIKES = 10;

export interface Watch {
  /** For `SuiteOptions`. */
  stopWhen(outcome: Outcome): Promise<boolean>;
  /** Why the run was stopped; undefined if it was not. */
  reason(): string | undefined;
}

/** `ask` gives the reason why there is no point in going on, or undefined if there is. */
export function watchForSilence(ask: () => Promise<string | undefined>): Watch {
  let silent: Outcome[] = [];
  let reason: string | undefined;
  return {
    async stopWhen(outcome) {
      if (outcome.turnedAway) reason ??= `the implementation ${outcome.turnedAway.message}. Try again later.`;
      silent = outcome.reply ? [] : [...silent, outcome];
      const [first] = silent;
      if (first && silent.length >= STRIKES) {
        silent = [];
        const hindrance = await ask();
        if (hindrance !== undefined)
          reason ??= `${hindrance} The first case without an answer was "${first.case.name}".`;
      }
      return reason !== undefined;
    },
    reason: () => reason,
  };
}
