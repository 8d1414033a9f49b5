// What a run says when it is over: a table by rule, and each failure with what repeats it; or all of it as JSON.
import { styleText } from 'node:util';
import type { Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { declaredIn, exercisedBy, findGaps } from './coverage.ts';
import { USER_VARIABLE } from './curl.ts';
import { describeFailures, type Paint, writeFailures } from './failures.ts';
import { follow } from './request-builder.ts';
import { ANSWER_RULES, describeRule, REQUEST_RULES } from './rules.ts';
import type { Output, Settings } from './settings.ts';
import type { Outcome } from './suite.ts';
import type { Reply } from './validate-response.ts';

export interface Result {
  outcomes: Outcome[];
  seconds: number;
  /** Why the run did not begin, or not go on to its end. */
  hindrance: string | undefined;
}

/** For people. */
export function writeReport(
  contract: Contract,
  { subject, seed }: Settings,
  { outcomes, seconds, hindrance }: Result,
  stream: Output['stdout'],
): string {
  const failures = describeFailures(contract, subject, outcomes);
  const failed = countFailed(outcomes);
  const paint: Paint = (format, text) => styleText(format, text, { stream });
  const gaps = hindrance === undefined ? writeGaps(contract, outcomes) : '';
  const verdict =
    failed > 0
      ? paint('red', `It does not conform: ${failed} of ${outcomes.length} cases failed.`)
      : hindrance === undefined
        ? paint('green', 'It conforms.')
        : `No fault was found in ${outcomes.length} cases.`;
  return [
    writeTable(countByRule(outcomes), paint),
    ...(gaps === '' ? [] : [gaps]),
    ...(failures.length > 0 ? [writeFailures(failures, paint), writeHints(subject, outcomes)] : []),
    `${verdict} Seed ${seed}, ${seconds.toFixed(1)} s.\n`,
  ].join('\n');
}

/** For programs. */
export function writeJson(
  contract: Contract,
  { subject, seed }: Settings,
  { outcomes, seconds, hindrance }: Result,
): string {
  const failed = countFailed(outcomes);
  const result = {
    url: subject.url,
    seed,
    conforms: hindrance === undefined ? failed === 0 : null,
    ...(hindrance !== undefined && { notRun: hindrance }),
    requests: outcomes.length,
    failed,
    seconds,
    rules: countByRule(outcomes),
    failures: describeFailures(contract, subject, outcomes),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function countFailed(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ findings }) => findings.length > 0).length;
}

function writeHints({ mock }: Subject, outcomes: readonly Outcome[]): string {
  const letsIn = (rule: string) =>
    outcomes.some(
      ({ case: each, reply, findings }) => each.rule === rule && findings.length > 0 && reply?.status === 201,
    );
  const hints = [`The commands take the credentials from the environment: export ${USER_VARIABLE}=id:secret`];
  if (!mock && letsIn('security') && letsIn('customers'))
    hints.push('It lets anybody in and knows every customer. If it is a mock, say so: --mock.');
  return `${hints.join('\n')}\n`;
}

export interface Row {
  rule: string;
  description: string;
  passed: number;
  failed: number;
}

/** One row for each rule that was tried: on certain requests, then on every answer. */
function countByRule(outcomes: readonly Outcome[]): Row[] {
  const broke = ({ findings }: Outcome, rule: string) => findings.some((finding) => finding.rule === rule);
  const count = (rule: string, tried: readonly Outcome[]): Row => {
    const failed = tried.filter((each) => broke(each, rule)).length;
    return { rule, description: describeRule(rule), passed: tried.length - failed, failed };
  };
  const asked = [...new Set([...Object.keys(REQUEST_RULES), ...outcomes.map((each) => each.case.rule)])];
  return [
    ...asked.map((rule) =>
      count(
        rule,
        outcomes.filter((each) => each.case.rule === rule || broke(each, rule)),
      ),
    ),
    ...Object.keys(ANSWER_RULES).map((rule) =>
      count(
        rule,
        outcomes.filter(({ reply }) => rule === 'answer' || (reply && isTried(rule, reply))),
      ),
    ),
  ].filter(({ passed, failed }) => passed + failed > 0);
}

/** Only what was accepted has a meaning. */
function isTried(rule: string, { status }: Reply): boolean {
  return rule !== 'meaning' || (status >= 200 && status < 300);
}

/** First the rules for certain requests, then those for every answer. */
function writeTable(rows: readonly Row[], paint: Paint): string {
  const width = Math.max(...rows.map(({ rule }) => rule.length));
  const head = (title: string) => paint('bold', `${title.padEnd(width + 2)}  passed  failed`);
  const line = ({ rule, passed, failed, description }: Row) => {
    const text = `${failed > 0 ? '✗' : '✓'} ${rule.padEnd(width)}  ${String(passed).padStart(6)}  ${String(failed).padStart(6)}`;
    return `${failed > 0 ? paint('red', text) : text}  ${description}`;
  };
  const isOfAnswers = ({ rule }: Row) => rule in ANSWER_RULES;
  const of = (kept: readonly Row[]) => kept.map(line);
  return [
    head('Requests'),
    ...of(rows.filter((row) => !isOfAnswers(row))),
    '',
    head('Every answer'),
    ...of(rows.filter(isOfAnswers)),
    '',
  ].join('\n');
}

/** What the run could not reach, in one paragraph; the empty text if there is nothing. */
function writeGaps(contract: Contract, outcomes: readonly Outcome[]): string {
  const gaps = findGaps(contract, exercisedBy(contract, outcomes)).filter(({ kind }) => kind !== 'response example');
  if (gaps.length === 0) return '';
  // Where the status was not seen, nothing of it was; nor of a response that operations share, where no status of it was.
  const statuses = declaredIn(contract).filter(({ kind }) => kind === 'status');
  const unseen = new Set(gaps.filter(({ kind }) => kind === 'status').map(({ pointer }) => pointer));
  const seen = statuses.filter(({ pointer }) => !unseen.has(pointer)).map(({ pointer }) => follow(contract, pointer));
  const shared = [...unseen].map((pointer) => follow(contract, pointer)).filter((pointer) => !seen.includes(pointer));
  const within = [...unseen, ...shared];
  const own = gaps.filter(({ pointer }) => !within.some((place) => pointer !== place && pointer.startsWith(place)));
  const list = own.map(({ kind, pointer }) => `  ${kind.padEnd(18)} #${pointer}`).join('\n');
  return `Declared, but not seen to hold in this run, because it failed or cannot be provoked from outside:\n${list}\n`;
}
