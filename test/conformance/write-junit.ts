// JUnit XML as CI systems read it: one suite for each rule, one case for each request.
import type { Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { describeFailures, writeFailure } from './failures.ts';
import type { Result } from './report.ts';
import { describeRule } from './rules.ts';
import type { Outcome } from './suite.ts';

/** What was not run, or not to its end, has a suite of its own with one error. */
export function writeJUnit(contract: Contract, subject: Subject, { outcomes, seconds, hindrance }: Result): string {
  const suites = [...Map.groupBy(outcomes, (each) => each.case.rule)].map(([rule, list]) =>
    [
      `  <testsuite name="${escapeXml(`${rule}: ${describeRule(rule)}`)}" ${totals(list, 0)}>`,
      ...list.map((outcome) => writeTestCase(contract, subject, rule, outcome)),
      '  </testsuite>',
    ].join('\n'),
  );
  if (hindrance !== undefined)
    suites.push(`  <testsuite name="run" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="run" name="The run goes to its end."><error message="${escapeXml(hindrance)}" type="run"/></testcase>
  </testsuite>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance of ${escapeXml(subject.url)}" ${totals(outcomes, hindrance === undefined ? 0 : 1)} time="${seconds.toFixed(3)}">
${suites.join('\n')}
</testsuites>
`;
}

function totals(list: readonly Outcome[], errors: number): string {
  const failed = list.filter(({ findings }) => findings.length > 0).length;
  return `tests="${list.length + errors}" failures="${failed}" errors="${errors}" skipped="0"`;
}

function writeTestCase(contract: Contract, subject: Subject, rule: string, outcome: Outcome): string {
  const opening = `    <testcase classname="${escapeXml(rule)}" name="${escapeXml(outcome.case.name)}"`;
  const failures = describeFailures(contract, subject, [outcome]);
  const [first] = failures;
  if (!first) return `${opening}/>`;
  const text = failures.map((each) => `${each.description}${writeFailure(each)}`).join('\n');
  const message = failures.map((each) => each.message).join(' ');
  return `${opening}>
      <failure type="${escapeXml(first.rule)}" message="${escapeXml(message)}">${escapeXml(text)}</failure>
    </testcase>`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML 1.0 has no control characters and no lone surrogates, not even escaped. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
