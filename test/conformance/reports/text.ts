// The report as text for a terminal: a table by rule, and each failure with commands that reproduce it.
import { styleText } from 'node:util';
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Subject } from '../cases/case.ts';
import { follow } from '../cases/request-builder.ts';
import { USER_VARIABLE } from '../options/user-variables.ts';
import type { Report, RuleResult } from '../report.ts';
import type { Result } from '../run/run.ts';
import type { Outcome } from '../run/suite.ts';
import { describeUnchecked } from '../run/unchecked.ts';
import { declaredIn } from './coverage.ts';
import { type Paint, writeFailures } from './failures.ts';
import { UNMATCHED } from './github.ts';
import type { Output } from './output.ts';

/** The report as text. */
export function writeText(
  contract: Contract,
  subject: Subject,
  report: Report,
  { outcomes }: Result,
  stream: Output['stdout'],
): string {
  const paint: Paint = (format, text) => styleText(format, text, { stream });
  const failures = report.failures.filter(({ known }) => !known);
  const isWhole = report.abortReason === undefined && report.only === undefined;
  const gaps = isWhole ? writeGaps(contract, report) : '';
  return [
    writeTable(report.rules, paint),
    ...(gaps === '' ? [] : [gaps]),
    ...writeKnown(report),
    ...(failures.length > 0 ? [writeFailures(failures, paint), writeHints(subject, outcomes)] : []),
    ...writeUnchecked(report),
    ...writeNotes(report),
    `${writeSummary(report, paint)} Seed ${report.seed}, ${report.seconds.toFixed(1)} s.\n`,
  ].join('\n');
}

function writeSummary({ conforms, failed, cases, failures, abortReason, only }: Report, paint: Paint): string {
  if (failed > 0) return paint('red', `The implementation does not conform: ${failed} of ${cases} cases failed.`);
  if (abortReason !== undefined) return `No violation in ${cases} cases.`;
  if (failures.length > 0) return paint('green', `No new failure in ${cases} cases.`);
  if (only !== undefined) return paint('green', `No violation of ${only.join(', ')} in ${cases} cases.`);
  return conforms ? paint('green', 'The implementation conforms.') : `No violation in ${cases} cases.`;
}

/** The most entries that are listed. */
const MAX_LISTED = 20;

function writeKnown({ failures, resolved, unmatched }: Report): string[] {
  const list = (title: string, entries: readonly { rule: string; case?: string }[]) => {
    if (entries.length === 0) return [];
    const lines = entries.slice(0, MAX_LISTED).map((each) => `  ${each.rule}: ${each.case ?? 'every case'}`);
    const rest = entries.length - lines.length;
    return [`${[title, ...lines, ...(rest > 0 ? [`  ... and ${rest} more`] : [])].join('\n')}\n`];
  };
  return [
    ...list(
      'Known failures, which are in the baseline:',
      failures.filter(({ known }) => known),
    ),
    ...list('In the baseline, but passed. Remove from it:', resolved),
    ...list(`${UNMATCHED}:`, unmatched),
  ];
}

function writeUnchecked({ notChecked }: Report): string[] {
  if (notChecked.length === 0) return [];
  return [`Not checked:\n${notChecked.map((each) => `  ${describeUnchecked(each)}`).join('\n')}\n`];
}

function writeNotes({ notes }: Report): string[] {
  if (notes.length === 0) return [];
  const list = notes.map(({ header, responses }) => `  ${header} (${responses} responses)`).join('\n');
  return [`Note: headers that the contract does not declare. --strict-headers rejects them.\n${list}\n`];
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

/** The rows of the table: rules of certain requests, then those of every response. */
function writeTable(rows: readonly RuleResult[], paint: Paint): string {
  const width = Math.max(...rows.map(({ rule }) => rule.length));
  const hasKnown = rows.some(({ known }) => known > 0);
  const columns = ['passed', 'failed', ...(hasKnown ? ['known'] : [])];
  const head = (title: string) => paint('bold', `${title.padEnd(width + 2)}  ${columns.join('  ')}`);
  const line = ({ rule, passed, failed, known, description }: RuleResult) => {
    const counts = [passed, failed, ...(hasKnown ? [known] : [])];
    const cells = counts.map((count, index) => String(count).padStart((columns[index] ?? '').length)).join('  ');
    const text = `${failed > 0 ? '✗' : '✓'} ${rule.padEnd(width)}  ${cells}`;
    return `${failed > 0 ? paint('red', text) : text}  ${description}`;
  };
  const part = (title: string, of: RuleResult['of']) => {
    const lines = rows.filter((row) => row.of === of).map(line);
    return lines.length > 0 ? [head(title), ...lines, ''] : [];
  };
  return [...part('Requests', 'requests'), ...part('Every response', 'responses')].join('\n');
}

/** A paragraph on what the run did not exercise; empty when there are no gaps. */
function writeGaps(contract: Contract, { coverage }: Report): string {
  const gaps = coverage.filter(({ kind, verified }) => !verified && kind !== 'response example');
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
