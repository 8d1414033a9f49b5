// The report of a run: a table by rule, and each failure with commands that reproduce it; or the same as JSON.
import { styleText } from 'node:util';
import type { Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { declaredIn, exercisedBy, findGaps } from './coverage.ts';
import { USER_VARIABLE } from './curl.ts';
import { describeFailures, type Paint, writeFailures } from './failures.ts';
import { follow } from './request-builder.ts';
import { describeRule, REQUEST_RULES, RESPONSE_RULES } from './rules.ts';
import type { Output, Settings } from './settings.ts';
import type { Outcome } from './suite.ts';
import type { HttpResponse } from './validate-response.ts';

export interface Result {
  outcomes: Outcome[];
  seconds: number;
  /** Why the run was not started or not completed. */
  abortReason: string | undefined;
}

/**
 * Whether the implementation conforms; null when that is not known. In a run that was ended early, no response at all
 * says nothing about the implementation.
 */
export function conforms({ outcomes, abortReason }: Result): boolean | null {
  const isComplete = abortReason === undefined;
  const isFinding = ({ violations, unreachable }: Outcome) =>
    violations.some(({ rule }) => isComplete || !unreachable || rule !== 'response');
  if (outcomes.some(isFinding)) return false;
  return isComplete ? true : null;
}

/** The report as text. */
export function writeReport(
  contract: Contract,
  { subject, seed, strictHeaders }: Settings,
  { outcomes, seconds, abortReason }: Result,
  stream: Output['stdout'],
): string {
  const failures = describeFailures(contract, subject, outcomes);
  const failed = countFailed(outcomes);
  const paint: Paint = (format, text) => styleText(format, text, { stream });
  const gaps = abortReason === undefined ? writeGaps(contract, outcomes) : '';
  const summary =
    failed > 0
      ? paint('red', `The implementation does not conform: ${failed} of ${outcomes.length} cases failed.`)
      : abortReason === undefined
        ? paint('green', 'The implementation conforms.')
        : `No violation in ${outcomes.length} cases.`;
  return [
    writeTable(countByRule(outcomes, strictHeaders), paint),
    ...(gaps === '' ? [] : [gaps]),
    ...(failures.length > 0 ? [writeFailures(failures, paint), writeHints(subject, outcomes)] : []),
    ...writeNotes(outcomes),
    `${summary} Seed ${seed}, ${seconds.toFixed(1)} s.\n`,
  ].join('\n');
}

/** The report as JSON. */
export function writeJson(
  contract: Contract,
  { subject, seed, strictHeaders }: Settings,
  { outcomes, seconds, abortReason }: Result,
): string {
  const failed = countFailed(outcomes);
  const result = {
    url: subject.url,
    seed,
    conforms: conforms({ outcomes, seconds, abortReason }),
    ...(abortReason !== undefined && { abortReason: abortReason }),
    cases: outcomes.length,
    failed,
    seconds,
    rules: countByRule(outcomes, strictHeaders),
    notes: countNotes(outcomes),
    failures: describeFailures(contract, subject, outcomes),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function countFailed(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ violations }) => violations.length > 0).length;
}

interface Note {
  header: string;
  responses: number;
}

/** The undeclared headers, the most frequent first. */
function countNotes(outcomes: readonly Outcome[]): Note[] {
  const names = outcomes.flatMap(({ notes }) => notes.flatMap(({ undeclaredHeader }) => undeclaredHeader ?? []));
  return [...Map.groupBy(names, (name) => name)]
    .map(([header, all]) => ({ header, responses: all.length }))
    .sort((one, other) => other.responses - one.responses || one.header.localeCompare(other.header));
}

function writeNotes(outcomes: readonly Outcome[]): string[] {
  const notes = countNotes(outcomes);
  if (notes.length === 0) return [];
  const list = notes.map(({ header, responses }) => `  ${header} (${responses} responses)`).join('\n');
  return [`Note: headers that the contract does not declare. --strict-headers refuses them.\n${list}\n`];
}

function writeHints({ mock }: Subject, outcomes: readonly Outcome[]): string {
  const acceptsInvalid = (rule: string) =>
    outcomes.some(
      ({ case: each, response, violations }) => each.rule === rule && violations.length > 0 && response?.status === 201,
    );
  const hints = [`The curl commands read the credentials from the environment: export ${USER_VARIABLE}=id:secret`];
  if (!mock && acceptsInvalid('security') && acceptsInvalid('customers'))
    hints.push('The implementation accepts any credentials and any customer. If it is a mock, use --mock.');
  return `${hints.join('\n')}\n`;
}

export interface Row {
  rule: string;
  description: string;
  passed: number;
  failed: number;
}

/** One row for each rule that was exercised: rules of certain requests, then rules of every response. */
function countByRule(outcomes: readonly Outcome[], strictHeaders: boolean): Row[] {
  const violates = ({ violations }: Outcome, rule: string) => violations.some((violation) => violation.rule === rule);
  const count = (rule: string, relevant: readonly Outcome[]): Row => {
    const failed = relevant.filter((each) => violates(each, rule)).length;
    return { rule, description: describeRule(rule), passed: relevant.length - failed, failed };
  };
  const requestRules = [...new Set([...Object.keys(REQUEST_RULES), ...outcomes.map((each) => each.case.rule)])];
  return [
    ...requestRules.map((rule) =>
      count(
        rule,
        outcomes.filter((each) => each.case.rule === rule || violates(each, rule)),
      ),
    ),
    ...Object.keys(RESPONSE_RULES)
      .filter((rule) => strictHeaders || rule !== 'undeclared header')
      .map((rule) =>
        count(
          rule,
          outcomes.filter(({ response }) => rule === 'response' || (response && appliesTo(rule, response))),
        ),
      ),
  ].filter(({ passed, failed }) => passed + failed > 0);
}

/** Semantics are defined for success responses only. */
function appliesTo(rule: string, { status }: HttpResponse): boolean {
  return rule !== 'semantics' || (status >= 200 && status < 300);
}

/** The rules of certain requests first, then those of every response. */
function writeTable(rows: readonly Row[], paint: Paint): string {
  const width = Math.max(...rows.map(({ rule }) => rule.length));
  const head = (title: string) => paint('bold', `${title.padEnd(width + 2)}  passed  failed`);
  const line = ({ rule, passed, failed, description }: Row) => {
    const counts = [passed, failed].map((count) => String(count).padStart(6)).join('  ');
    const text = `${failed > 0 ? '✗' : '✓'} ${rule.padEnd(width)}  ${counts}`;
    return `${failed > 0 ? paint('red', text) : text}  ${description}`;
  };
  const isResponseRule = ({ rule }: Row) => rule in RESPONSE_RULES;
  const of = (kept: readonly Row[]) => kept.map(line);
  return [
    head('Requests'),
    ...of(rows.filter((row) => !isResponseRule(row))),
    '',
    head('Every response'),
    ...of(rows.filter(isResponseRule)),
    '',
  ].join('\n');
}

/** What the run did not exercise, in one paragraph; the empty string when there are no gaps. */
function writeGaps(contract: Contract, outcomes: readonly Outcome[]): string {
  const gaps = findGaps(contract, exercisedBy(contract, outcomes)).filter(({ kind }) => kind !== 'response example');
  if (gaps.length === 0) return '';
  // The parts of a response whose status was not received are left out; so are those of a shared response of which no
  // status was received.
  const statuses = declaredIn(contract).filter(({ kind }) => kind === 'status');
  const unseen = new Set(gaps.filter(({ kind }) => kind === 'status').map(({ pointer }) => pointer));
  const seen = statuses.filter(({ pointer }) => !unseen.has(pointer)).map(({ pointer }) => follow(contract, pointer));
  const shared = [...unseen].map((pointer) => follow(contract, pointer)).filter((pointer) => !seen.includes(pointer));
  const within = [...unseen, ...shared];
  const own = gaps.filter(
    ({ pointer }) => !within.some((location) => pointer !== location && pointer.startsWith(location)),
  );
  const list = own.map(({ kind, pointer }) => `  ${kind.padEnd(18)} #${pointer}`).join('\n');
  return `Declared but not verified in this run, because a case failed or a client cannot provoke it:\n${list}\n`;
}
