// Writes annotations at the step, and a summary of the job in Markdown, for GitHub Actions.

import { escapeHtml } from '../../../openapi/reference/site/escape-html.ts';
import type { Failure, Report, RuleResult } from '../report.ts';
import { describeUnchecked } from '../run/unchecked.ts';
import { writeFailure } from './failures.ts';

/** A different seed, or fewer clients and customers, change the cases. */
export const UNMATCHED = 'In the baseline, but no case of this run has the name';

/** GitHub shows ten errors and ten warnings of a step. */
const MAX_ANNOTATIONS = 10;

/** Workflow commands, one line each: errors for failures, the first of each rule first, and warnings for known ones. */
export function writeAnnotations(report: Report): string {
  const { abortReason } = report;
  const failures = orderByRule(report.failures.filter(({ known }) => !known));
  const shown = failures.slice(0, MAX_ANNOTATIONS - (abortReason === undefined ? 0 : 1));
  return [
    ...(abortReason === undefined ? [] : [command('error', 'Conformance', `The run did not complete: ${abortReason}`)]),
    ...shown.map((failure) => annotate('error', failure)),
    ...orderByRule(report.failures.filter(({ known }) => known))
      .slice(0, MAX_ANNOTATIONS)
      .map((failure) => annotate('warning', failure)),
    ...report.resolved
      .slice(0, MAX_ANNOTATIONS)
      .map((each) => command('notice', each.rule, `Passed, but in the baseline: ${each.case ?? 'every case'}`)),
    ...report.unmatched
      .slice(0, MAX_ANNOTATIONS)
      .map((each) => command('notice', each.rule, `${UNMATCHED}: ${each.case}`)),
  ].join('');
}

/** Orders failures by their number within a rule, so that many failures of one rule hide no others. */
function orderByRule(failures: readonly Failure[]): Failure[] {
  const lists = [...Map.groupBy(failures, ({ rule }) => rule).values()];
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list[index] ?? [])).flat();
}

function annotate(
  kind: 'error' | 'warning',
  { rule, case: name, message, contractPointer, response }: Failure,
): string {
  const known = kind === 'warning' ? 'Known failure: ' : '';
  return command(kind, `${rule}: ${name}`, `${known}${message}\nContract: #${contractPointer}\nResponse: ${response}`);
}

/** Titles are short in GitHub's interface. */
const MAX_TITLE_LENGTH = 200;

function command(kind: 'error' | 'warning' | 'notice', title: string, message: string): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = data(title.slice(0, MAX_TITLE_LENGTH)).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${kind} title=${property}::${data(message)}\n`;
}

/** Text in which GitHub looks for no commands: a response could contain some. The token ends the part. */
export function withoutCommands(text: string, token: string): string {
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}

/** The number of failures with details. GitHub accepts summaries of up to 1 MiB. */
const MAX_DETAILED = 50;

/** The summary in GitHub Flavored Markdown. */
export function writeStepSummary(report: Report): string {
  const failures = report.failures.filter(({ known }) => !known);
  const known = report.failures.length - failures.length;
  return [
    `## ${writeVerdict(report)}\n`,
    `\`${report.url}\`, ${report.cases} cases in ${report.seconds.toFixed(1)} s, seed ${report.seed}\n`,
    ...(report.abortReason === undefined ? [] : [`The run did not complete: ${escapeMarkdown(report.abortReason)}\n`]),
    ...writeFailures(failures),
    ...(known > 0 ? [`${known} known failures are in the baseline.\n`] : []),
    ...writeList('In the baseline, but passed. Remove from it:', report.resolved.map(describeEntry)),
    ...writeList(`${UNMATCHED}:`, report.unmatched.map(describeEntry)),
    ...writeList(
      'Not tested:',
      report.notTested.map(({ operationId, reason }) => `${operationId}: ${reason}`),
    ),
    ...writeList('Not checked:', report.notChecked.map(describeUnchecked)),
    ...(report.rules.length === 0 ? [] : [writeRules(report.rules)]),
    '',
  ].join('\n');
}

export function writeVerdict({ conforms, failed, cases, failures, only }: Report): string {
  if (conforms === null) return 'It is not known whether the implementation conforms';
  if (!conforms) return `The implementation does not conform: ${failed} of ${cases} cases failed`;
  if (failures.length > 0) return 'No failure besides the known ones';
  return only === undefined ? 'The implementation conforms' : `No violation of ${only.join(', ')}`;
}

export function describeEntry({ rule, case: name }: { rule: string; case?: string }): string {
  return `${rule}: ${name ?? 'every case'}`;
}

function writeFailures(failures: readonly Failure[]): string[] {
  if (failures.length === 0) return [];
  const shown = orderByRule(failures).slice(0, MAX_DETAILED);
  const rest = failures.length - shown.length;
  return [
    ...shown.map((failure) => {
      const summary = `<summary>${escapeHtml(`${failure.rule}: ${failure.message}`.replace(/\s+/g, ' '))}</summary>`;
      return `<details>${summary}\n\n${fence(writeFailure(failure).trim())}\n</details>\n`;
    }),
    ...(rest > 0 ? [`... and ${rest} more.\n`] : []),
  ];
}

/** A code block; its fence is longer than any in the text. */
function fence(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const line = '`'.repeat(longest + 1);
  return `${line}text\n${text}\n${line}\n`;
}

function writeList(title: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`${title}\n\n${items.map((item) => `- ${escapeMarkdown(item)}`).join('\n')}\n`];
}

function writeRules(rules: readonly RuleResult[]): string {
  const hasKnown = rules.some(({ known }) => known > 0);
  const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const lines = rules.map(({ rule, description, passed, failed, known }) =>
    row([
      `${failed > 0 ? '❌' : '✅'} ${escapeMarkdown(rule)}`,
      ...[passed, failed, ...(hasKnown ? [known] : [])],
      escapeMarkdown(description),
    ]),
  );
  const columns = ['rule', 'passed', 'failed', ...(hasKnown ? ['known'] : []), ''];
  const marks = ['---', ...columns.slice(1, -1).map(() => '---:'), '---'];
  return `${[row(columns), row(marks), ...lines].join('\n')}\n`;
}

/** Escapes text as one line without markup. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]{}()#+!|~]/g, '\\$&')
    .replace(/\s+/g, ' ');
}
