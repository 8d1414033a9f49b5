// One run against an implementation: a first request to each operation, then all cases, until the implementation is
// gone.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { HttpRequest, Subject } from '../cases/case.ts';
import { contractPath } from '../cases/request-builder.ts';
import type { Baseline } from '../report.ts';
import { isRule, RESPONSE_RULES, UNDECLARED_HEADER } from '../rules.ts';
import { createSender } from '../send/sender.ts';
import { createTransport } from '../send/transport.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { findPreflightError } from './preflight.ts';
import { createSuite, type Outcome, runSuite, type Suite } from './suite.ts';
import { explainUnreached } from './unchecked.ts';
import { watchAvailability } from './watch-availability.ts';

/** The settings that the command and `conform` share. */
export interface RunSettings {
  subject: Subject;
  seed: number;
  /** Number of random combinations, besides the derived cases. */
  requests: number;
  /** Requests per second; undefined for no limit. */
  rate: number | undefined;
  /** Time limit for one complete response, in milliseconds. */
  timeoutMs: number;
  /** Whether a header that the contract does not declare is a violation. */
  strictHeaders: boolean;
  /** Undeclared headers that are not even noted, in lower case. */
  allowedHeaders: readonly string[];
  /** The rules to test; empty for all. */
  only: readonly string[];
  /** Known failures; undefined if there are none. */
  baseline: Baseline | undefined;
}

export interface Result {
  outcomes: Outcome[];
  seconds: number;
  /** Why the run was not started or not completed. */
  abortReason: string | undefined;
}

/** Receives the progress of a run. */
export interface RunListener {
  add(failed: boolean): void;
  /** Called for a pause after a 429 or 503 response. */
  wait(seconds: number): void;
}

/** The cases of a run. @throws RangeError when a rule in `only` or in the baseline does not exist */
export function createRunSuite(contract: Contract, settings: RunSettings): Suite {
  const { subject, seed, requests, only, baseline, strictHeaders } = settings;
  const suite = createSuite({ contract, subject, seed, combinations: requests });
  const caseRules = new Set(suite.cases.map(({ rule }) => rule));
  const rulesOfBaseline = baseline?.failures.map(({ rule }) => rule) ?? [];
  for (const [source, names] of [['', only] as const, [' for an entry of the baseline', rulesOfBaseline] as const]) {
    const unknown = names.find((rule) => !isRule(rule) && !caseRules.has(rule));
    if (unknown === undefined) continue;
    throw new RangeError(
      `there is no rule ${JSON.stringify(unknown)}${source}. The rules of this run are: ` +
        `${[...caseRules].sort().join(', ')}; and of every response: ${Object.keys(RESPONSE_RULES).join(', ')}`,
    );
  }
  const names = new Set(suite.cases.map(({ name }) => name));
  suite.unmatched = baseline?.failures.filter((entry) => entry.case !== undefined && !names.has(entry.case)) ?? [];
  const isReached = (rule: string) =>
    caseRules.has(rule) || (Object.hasOwn(RESPONSE_RULES, rule) && (strictHeaders || rule !== UNDECLARED_HEADER));
  suite.unreached = only.filter((rule) => !isReached(rule));
  if (suite.unreached.length > 0) suite.cases = [];
  // A rule of every response needs every request.
  if (only.every((rule) => caseRules.has(rule)) && only.length > 0)
    suite.cases = suite.cases.filter(({ rule }) => only.includes(rule));
  return suite;
}

/**
 * The outcome without violations of other rules. A missing response always counts, because nothing is known without it.
 */
function keepRules(outcome: Outcome, only: readonly string[]): Outcome {
  if (only.length === 0) return outcome;
  const violations = outcome.violations.filter(({ rule }) => rule === 'response' || only.includes(rule));
  return { ...outcome, violations };
}

export async function runAgainst(
  contract: Contract,
  settings: RunSettings,
  suite: Suite,
  listener: RunListener,
): Promise<Result> {
  const { subject, rate, timeoutMs, seed, requests, strictHeaders, allowedHeaders, only } = settings;
  const rateOptions = { ...(rate !== undefined && { rate }), onWait: listener.wait };
  const unreached = explainUnreached(contract, subject, suite.unreached);
  if (unreached !== undefined) return { outcomes: [], seconds: 0, abortReason: unreached };
  const transport = createTransport(subject.url, 1, timeoutMs);
  const isValid = ({ method, ...request }: HttpRequest, response: HttpResponse) =>
    suite.validateResponse({ method, path: contractPath(contract, { method, ...request }) }, response).length === 0;
  const probe = () =>
    findPreflightError(subject, suite.builders.values(), createSender(transport, rateOptions), isValid);
  try {
    const abortReason = await probe();
    if (abortReason !== undefined) return { outcomes: [], seconds: 0, abortReason };
    const watch = watchAvailability(probe);
    const startedMs = performance.now();
    const outcomes = await runSuite(
      {
        ...{ contract, subject, seed, combinations: requests, timeoutMs, connections: 4, ...rateOptions },
        ...{ strictHeaders, allowedHeaders },
        onOutcome: (outcome) => listener.add(keepRules(outcome, only).violations.length > 0),
        stopWhen: watch.stopWhen,
      },
      suite,
    );
    const seconds = (performance.now() - startedMs) / 1000;
    return { outcomes: outcomes.map((each) => keepRules(each, only)), seconds, abortReason: watch.reason() };
  } finally {
    transport.close();
  }
}
