// Makes the report of a run from its outcomes.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Baseline, Note, Report, RuleResult } from '../report.ts';
import { describeRule, REQUEST_RULES, RESPONSE_RULES, UNDECLARED_HEADER } from '../rules.ts';
import type { Result, RunSettings } from '../run/run.ts';
import type { Outcome, Suite } from '../run/suite.ts';
import { explainUnreached, findUnchecked } from '../run/unchecked.ts';
import type { HttpResponse } from '../validate/validate-response.ts';
import { findResolved, isKnown } from './baseline.ts';
import { declaredIn, exercisedBy } from './coverage.ts';
import { describeFailures } from './failures.ts';

export interface ReportOptions {
  contract: Contract;
  settings: RunSettings;
  result: Result;
  suite: Pick<Suite, 'underivable' | 'unmatched'>;
}

export function createReport({ contract, settings, result, suite }: ReportOptions): Report {
  const { subject, seed, strictHeaders, only, baseline } = settings;
  const { outcomes, seconds } = result;
  const isNew = ({ case: each, violations }: Outcome) =>
    violations.some(({ rule }) => !isKnown(baseline, { rule, case: each.name }));
  const exercised = exercisedBy(contract, outcomes);
  const rules = countByRule(outcomes, strictHeaders, baseline).filter(
    ({ rule }) => only.length === 0 || rule === 'response' || only.includes(rule),
  );
  const unreached = only.filter((name) => !rules.some(({ rule }) => rule === name));
  const abortReason = result.abortReason ?? explainUnreached(contract, subject, unreached, outcomes);
  return {
    ...{ url: subject.url, seed, conforms: conforms({ outcomes, abortReason }, baseline) },
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

/** In an aborted run, missing responses say nothing about the implementation. */
function conforms({ outcomes, abortReason }: Omit<Result, 'seconds'>, baseline: Baseline | undefined): boolean | null {
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
      .filter((rule) => strictHeaders || rule !== UNDECLARED_HEADER)
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
