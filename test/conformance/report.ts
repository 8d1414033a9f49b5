// What a run says when it is over: a table by rule, each failure with what repeats it, JUnit XML, JSON.
import { STATUS_CODES } from 'node:http';
import type { Contract } from '../../openapi/contract.ts';
import type { Subject } from './case.ts';
import { exercisedBy, findGaps } from './coverage.ts';
import { writeCurl } from './curl.ts';
import type { Finding } from './judge.ts';
import { ANSWER_RULES, describeRule, REQUEST_RULES } from './rules.ts';
import { readPointer } from './schema.ts';
import type { Outcome } from './suite.ts';

export interface Row {
  rule: string;
  description: string;
  passed: number;
  failed: number;
}

/** One row for each rule that was tried: on certain requests, then on every answer. */
export function countByRule(outcomes: readonly Outcome[]): Row[] {
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
        outcomes.filter(({ reply }) => rule === 'answer' || reply),
      ),
    ),
  ].filter(({ passed, failed }) => passed + failed > 0);
}

export function writeTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ rule }) => rule.length));
  const line = (rule: string, passed: string, failed: string, text: string) =>
    `${rule.padEnd(width)}  ${passed.padStart(6)}  ${failed.padStart(6)}  ${text}`;
  return [
    line('Rule', 'passed', 'failed', ''),
    ...rows.map(({ rule, passed, failed, description }) =>
      line(rule, String(passed), failed > 0 ? `${failed} ✗` : '0', description),
    ),
  ].join('\n');
}

export interface Failure {
  rule: string;
  description: string;
  case: string;
  message: string;
  /** Status and the beginning of the body. */
  came: string;
  contractPointer: string;
  contractSays: string;
  /** Repeats it, one command for each request. */
  curl: string[];
}

export function describeFailures(contract: Contract, subject: Subject, outcomes: readonly Outcome[]): Failure[] {
  return outcomes.flatMap((outcome) =>
    outcome.findings.map((finding) => describeFailure(contract, subject, outcome, finding)),
  );
}

function describeFailure(
  contract: Contract,
  subject: Subject,
  { case: each, reply }: Outcome,
  finding: Finding,
): Failure {
  return {
    rule: finding.rule,
    description: describeRule(finding.rule),
    case: each.name,
    message: finding.message,
    came: reply ? `${reply.status} ${STATUS_CODES[reply.status] ?? ''} ${shorten(reply.text, 400)}`.trim() : 'nothing',
    contractPointer: finding.contractPointer,
    contractSays: shorten(JSON.stringify(tryRead(contract, finding.contractPointer)) ?? '', 300),
    curl: [...(each.before ?? []), each.request].map((sent) => writeCurl(subject, sent)),
  };
}

function tryRead(contract: Contract, pointer: string): unknown {
  try {
    return readPointer(contract, pointer);
  } catch {
    return undefined; // Below a reference: the pointer is as good for a reader, who follows it.
  }
}

function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

/** Of each rule this many are told in full; the others only count. */
const SHOWN = 3;

export function writeFailures(failures: readonly Failure[]): string {
  const byRule = Map.groupBy(failures, ({ rule }) => rule);
  return [...byRule]
    .map(([rule, all]) => {
      const [first] = all;
      const rest =
        all.length > SHOWN ? [`  ... and ${all.length - SHOWN} more of this rule; --json or --junit tell all.\n`] : [];
      return [`✗ ${rule}: ${first?.description}`, ...all.slice(0, SHOWN).map(writeFailure), ...rest].join('\n');
    })
    .join('\n');
}

function writeFailure({ case: name, message, came, contractPointer, contractSays, curl }: Failure): string {
  return `
  Sent      ${name}
  Came      ${came}
  Wrong     ${message}
  Contract  #${contractPointer}${contractSays && `\n            ${contractSays}`}
  Again     ${curl.join('\n').replaceAll('\n', '\n            ')}
`;
}

/** What the run could not reach, in one paragraph; the empty text if there is nothing. */
export function writeGaps(contract: Contract, outcomes: readonly Outcome[]): string {
  const gaps = findGaps(contract, exercisedBy(contract, outcomes)).filter(({ kind }) => kind !== 'response example');
  if (gaps.length === 0) return '';
  // Where the status was not seen, nothing of it was.
  const unseen = gaps.filter(({ kind }) => kind === 'status').map(({ pointer }) => pointer);
  const own = gaps.filter(({ pointer }) => !unseen.some((status) => pointer !== status && pointer.startsWith(status)));
  const list = own.map(({ kind, pointer }) => `  ${kind.padEnd(18)} #${pointer}`).join('\n');
  return `Not seen to hold, because it failed or cannot be provoked from outside:\n${list}\n`;
}

/** JUnit XML as CI systems read it: one suite for each rule, one case for each request. */
export function writeJUnit(
  contract: Contract,
  subject: Subject,
  outcomes: readonly Outcome[],
  seconds: number,
): string {
  const failed = (list: readonly Outcome[]) => list.filter(({ findings }) => findings.length > 0).length;
  const totals = (list: readonly Outcome[]) => `tests="${list.length}" failures="${failed(list)}"`;
  const suites = [...Map.groupBy(outcomes, (each) => each.case.rule)].map(([rule, list]) =>
    [
      `  <testsuite name="${escapeXml(`${rule}: ${describeRule(rule)}`)}" ${totals(list)}>`,
      ...list.map((outcome) => writeTestCase(contract, subject, rule, outcome)),
      '  </testsuite>',
    ].join('\n'),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance of ${escapeXml(subject.url)}" ${totals(outcomes)} time="${seconds.toFixed(3)}">
${suites.join('\n')}
</testsuites>
`;
}

function writeTestCase(contract: Contract, subject: Subject, rule: string, outcome: Outcome): string {
  const opening = `    <testcase classname="${escapeXml(rule)}" name="${escapeXml(outcome.case.name)}"`;
  const failures = describeFailures(contract, subject, [outcome]);
  if (failures.length === 0) return `${opening}/>`;
  const text = failures.map((each) => `${each.description}${writeFailure(each)}`).join('\n');
  const message = failures.map((each) => each.message).join(' ');
  return `${opening}>\n      <failure message="${escapeXml(message)}">${escapeXml(text)}</failure>\n    </testcase>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 has no control characters and no lone surrogates, not even escaped. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
