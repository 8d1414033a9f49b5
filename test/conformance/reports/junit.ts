// JUnit XML for CI systems: one test suite for each rule, one test case for each derived case. GitLab and Jenkins show
// it as it is, GitHub with one of the actions for it.

import type { Failure, Report, Unchecked } from '../report.ts';
import { describeRule } from '../rules.ts';
import type { Result } from '../run/run.ts';
import type { Outcome } from '../run/suite.ts';
import { writeFailure } from './failures.ts';

/** A run that was not completed has an additional suite with one error. Known failures count as skipped. */
export function writeJUnit(report: Report, { outcomes }: Result): string {
  const { url, seconds, abortReason } = report;
  const failures = Map.groupBy(report.failures, (failure) => failure.case);
  const cases = outcomes.map((outcome) => ({ outcome, failures: failures.get(outcome.case.name) ?? [] }));
  const suites = [...Map.groupBy(cases, ({ outcome }) => outcome.case.rule)].map(([rule, list]) => {
    const name = escapeXml(`${rule}: ${describeRule(rule)}`);
    return [
      `  <testsuite name="${name}" ${totals(list, 0)} time="${list.reduce(addTime, 0).toFixed(3)}">`,
      ...list.map((each) => writeTestCase(rule, each)),
      '  </testsuite>',
    ].join('\n');
  });
  // Rules that the run could not check have no cases.
  const isCase = new Set(outcomes.map((each) => each.case.name));
  const left = outcomes.length === 0 ? [] : report.notChecked.filter(({ what }) => !isCase.has(what));
  if (left.length > 0) suites.push(writeUnchecked(left));
  if (abortReason !== undefined)
    suites.push(`  <testsuite name="run" tests="1" failures="0" errors="1" skipped="0" time="${seconds.toFixed(3)}">
    <testcase classname="run" name="The run completes." time="${seconds.toFixed(3)}">
      <error message="${escapeXml(abortReason)}" type="run"/>
    </testcase>
  </testsuite>`);
  const attributes = `${totals(cases, abortReason === undefined ? 0 : 1, left.length)} time="${seconds.toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance of ${escapeXml(url)}" ${attributes}>
${suites.join('\n')}
</testsuites>
`;
}

interface TestCase {
  outcome: Outcome;
  failures: readonly Failure[];
}

const addTime = (sum: number, { outcome }: TestCase) => sum + outcome.seconds;
const isFailed = ({ failures }: TestCase) => failures.some(({ known }) => !known);
const isKnown = (each: TestCase) => each.failures.length > 0 && !isFailed(each);
const isSkipped = (each: TestCase) => isKnown(each) || each.outcome.unchecked !== undefined;

function writeUnchecked(list: readonly Unchecked[]): string {
  const lines = list.map(
    ({ rule, what, needs }) => `    <testcase classname="${escapeXml(rule)}" name="${escapeXml(what)}" time="0.000">
      <skipped message="${escapeXml(`Not checked: ${needs}`)}"/>
    </testcase>`,
  );
  const counts = `tests="${list.length}" failures="0" errors="0" skipped="${list.length}"`;
  return `  <testsuite name="not checked" ${counts} time="0.000">\n${lines.join('\n')}\n  </testsuite>`;
}

function totals(list: readonly TestCase[], errors: number, unchecked = 0): string {
  const [failed, skipped] = [list.filter(isFailed).length, list.filter(isSkipped).length];
  const tests = list.length + errors + unchecked;
  return `tests="${tests}" failures="${failed}" errors="${errors}" skipped="${skipped + unchecked}"`;
}

function writeTestCase(rule: string, each: TestCase): string {
  const { outcome, failures } = each;
  const { unchecked } = outcome;
  const attributes = `classname="${escapeXml(rule)}" name="${escapeXml(outcome.case.name)}"`;
  const opening = `    <testcase ${attributes} time="${outcome.seconds.toFixed(3)}"`;
  const [first] = failures;
  if (unchecked !== undefined)
    return `${opening}><skipped message="${escapeXml(`Not checked: ${unchecked}`)}"/></testcase>`;
  if (!first) return `${opening}/>`;
  const message = escapeXml(failures.map((failure) => failure.message).join(' '));
  const text = escapeXml(failures.map((failure) => `${failure.description}${writeFailure(failure)}`).join('\n'));
  const content = isKnown(each)
    ? `<skipped message="Known failure: ${message}">${text}</skipped>`
    : `<failure type="${escapeXml(first.rule)}" message="${message}">${text}</failure>`;
  return `${opening}>
      ${content}
    </testcase>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 allows neither control characters nor lone surrogates, not even escaped. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
