// JUnit XML for CI systems: one test suite for each rule, one test case for each derived case.
import type { Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { describeFailures, writeFailure } from './failures.ts';
import type { Result } from './report.ts';
import { describeRule } from './rules.ts';
import type { Outcome } from './suite.ts';

/** A run that was not completed has an additional suite with one error. */
export function writeJUnit(contract: Contract, subject: Subject, { outcomes, seconds, abortReason }: Result): string {
  const suites = [...Map.groupBy(outcomes, (each) => each.case.rule)].map(([rule, list]) =>
    [
      `  <testsuite name="${escapeXml(`${rule}: ${describeRule(rule)}`)}" ${totals(list, 0)}>`,
      ...list.map((outcome) => writeTestCase(contract, subject, rule, outcome)),
      '  </testsuite>',
    ].join('\n'),
  );
  if (abortReason !== undefined)
    suites.push(`  <testsuite name="run" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="run" name="The run completes.">
      <error message="${escapeXml(abortReason)}" type="run"/>
    </testcase>
  </testsuite>`);
  const attributes = `${totals(outcomes, abortReason === undefined ? 0 : 1)} time="${seconds.toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="conformance of ${escapeXml(subject.url)}" ${attributes}>
${suites.join('\n')}
</testsuites>
`;
}

function totals(list: readonly Outcome[], errors: number): string {
  const failed = list.filter(({ violations }) => violations.length > 0).length;
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

/** XML 1.0 allows neither control characters nor lone surrogates, not even escaped. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
