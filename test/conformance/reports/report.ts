// The result of a run as data: what `conform` returns, `--json` prints, and every other format is written from.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Underivable } from '../cases/request-builder.ts';
import { describeRule, REQUEST_RULES, RESPONSE_RULES } from '../rules.ts';
import type { Result, RunSettings } from '../run.ts';
import type { Outcome, Suite } from '../suite.ts';
import { findUnchecked, type Unchecked } from '../validate/unchecked.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { type Baseline, type BaselineEntry, findResolved, isKnown } from './baseline.ts';
import { type Declared, declaredIn, exercisedBy } from './coverage.ts';
import { describeFailures, type Failure } from './failures.ts';

/** The result of a run. */
export interface Report {
  /** The base URL of the implementation. */
  url: string;
  /** The seed of the random combinations. */
  seed: number;
  /** Whether no failure was found, besides those of the baseline; null when that is not known. */
  conforms: boolean | null;
  /** Why the run was not started or not completed. */
  abortReason?: string;
  /** What the handler under test threw: each message once. */
  handlerErrors?: readonly unknown[];
  /** The rules that were tested, when not all were. */
  only?: readonly string[];
  /** The number of cases that were sent. */
  cases: number;
  /** The number of cases that failed, without known failures. */
  failed: number;
  /** The duration, in seconds. */
  seconds: number;
  /** The result of each rule that was tested. */
  rules: RuleResult[];
  /** What the contract does not rule out, but a reader wants to know. */
  notes: Note[];
  /** The violations, one by one. */
  failures: Failure[];
  /** Entries of the baseline that no longer fail: remove them. */
  resolved: BaselineEntry[];
  /** Entries of the baseline whose case this run does not have. */
  unmatched: BaselineEntry[];
  /** What the contract declares, and whether this run has verified it. */
  coverage: CoverageItem[];
  /** Operations without tests, and the reasons. */
  notTested: Underivable[];
  /** Parts of rules that were not checked, and what the run needs for them. */
  notChecked: Unchecked[];
}

/** The result of one rule. */
export interface RuleResult {
  /** The name of the rule. */
  rule: string;
  /** What the rule demands, in a sentence. */
  description: string;
  /** Whether the rule holds for certain requests, or for every response. */
  of: 'requests' | 'responses';
  /** The number of cases that passed. */
  passed: number;
  /** The number of cases that failed, without known failures. */
  failed: number;
  /** The number of cases with a failure of the baseline. */
  known: number;
}

/** A header that the contract does not declare. */
export interface Note {
  /** Its name, in lower case. */
  header: string;
  /** The number of responses that had it. */
  responses: number;
}

/** A part of the contract, and whether a case has verified it. */
export interface CoverageItem extends Declared {
  /** Whether a case without a violation exercised it. */
  verified: boolean;
}

export interface ReportOptions {
  contract: Contract;
  settings: RunSettings;
  result: Result;
  suite: Pick<Suite, 'underivable' | 'unmatched'>;
}

export function createReport({ contract, settings, result, suite }: ReportOptions): Report {
  const { subject, seed, strictHeaders, only, baseline } = settings;
  const { outcomes, seconds, abortReason } = result;
  const isNew = ({ case: each, violations }: Outcome) =>
    violations.some(({ rule }) => !isKnown(baseline, { rule, case: each.name }));
  const exercised = exercisedBy(contract, outcomes);
  const rules = countByRule(outcomes, strictHeaders, baseline).filter(
    ({ rule }) => only.length === 0 || rule === 'response' || only.includes(rule),
  );
  return {
    ...{ url: subject.url, seed, conforms: conforms(result, baseline) },
    ...(abortReason !== undefined && { abortReason }),
    ...(only.length > 0 && { only }),
    ...{ cases: outcomes.length, failed: outcomes.filter(isNew).length, seconds },
    rules,
    notes: countNotes(outcomes),
    failures: describeFailures(contract, subject, outcomes).map((failure) => ({
      ...failure,
      known: isKnown(baseline, failure),
    })),
    // A rule that was not tested says nothing about its failures.
    resolved: findResolved(baseline, outcomes).filter((entry) => rules.some(({ rule }) => rule === entry.rule)),
    unmatched: suite.unmatched,
    coverage: declaredIn(contract).map((each) => ({ ...each, verified: exercised.has(each.pointer) })),
    notTested: suite.underivable,
    notChecked: findUnchecked(contract, subject, outcomes).filter(
      ({ rule }) => only.length === 0 || only.includes(rule),
    ),
  };
}

/** In a run that was ended early, no response at all says nothing about the implementation. */
function conforms({ outcomes, abortReason }: Result, baseline: Baseline | undefined): boolean | null {
  const isComplete = abortReason === undefined;
  const isFinding = ({ case: each, violations, unreachable }: Outcome) =>
    violations.some(
      ({ rule }) =>
        !isKnown(baseline, { rule, case: each.name }) && (isComplete || !unreachable || rule !== 'response'),
    );
  if (outcomes.some(isFinding)) return false;
  return isComplete ? true : null;
}

/** The undeclared headers, the most frequent first. */
function countNotes(outcomes: readonly Outcome[]): Note[] {
  const names = outcomes.flatMap(({ notes }) => notes.flatMap(({ undeclaredHeader }) => undeclaredHeader ?? []));
  return [...Map.groupBy(names, (name) => name)]
    .map(([header, all]) => ({ header, responses: all.length }))
    .sort((one, other) => other.responses - one.responses || one.header.localeCompare(other.header));
}

/** One row for each rule that was exercised: rules of certain requests, then rules of every response. */
function countByRule(
  outcomes: readonly Outcome[],
  strictHeaders: boolean,
  baseline: Baseline | undefined,
): RuleResult[] {
  const violates = ({ violations }: Outcome, rule: string) => violations.some((violation) => violation.rule === rule);
  const count = (rule: string, of: RuleResult['of'], relevant: readonly Outcome[]): RuleResult => {
    const violating = relevant.filter((each) => violates(each, rule));
    const known = violating.filter((each) => isKnown(baseline, { rule, case: each.case.name })).length;
    const [passed, failed] = [relevant.length - violating.length, violating.length - known];
    return { rule, description: describeRule(rule), of, passed, failed, known };
  };
  const requestRules = [...new Set([...Object.keys(REQUEST_RULES), ...outcomes.map((each) => each.case.rule)])];
  return [
    ...requestRules.map((rule) =>
      count(
        rule,
        'requests',
        outcomes.filter((each) => (each.case.rule === rule && each.unchecked === undefined) || violates(each, rule)),
      ),
    ),
    ...Object.keys(RESPONSE_RULES)
      .filter((rule) => strictHeaders || rule !== 'undeclared header')
      .map((rule) =>
        count(
          rule,
          'responses',
          outcomes.filter(({ response, unchecked }) =>
            response ? appliesTo(rule, response) : rule === 'response' && unchecked === undefined,
          ),
        ),
      ),
  ].filter(({ passed, failed, known }) => passed + failed + known > 0);
}

/** Semantics are defined for success responses only. */
function appliesTo(rule: string, { status }: HttpResponse): boolean {
  return rule !== 'semantics' || (status >= 200 && status < 300);
}
