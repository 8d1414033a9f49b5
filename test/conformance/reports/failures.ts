// Describes each failure of a run: the request, the response, the contract, and commands that reproduce it.
import { STATUS_CODES } from 'node:http';
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Subject } from '../cases/case.ts';
import { readPointer } from '../cases/schema.ts';
import type { Failure } from '../report.ts';
import { describeRule } from '../rules.ts';
import type { Outcome } from '../run/suite.ts';
import type { HttpResponse, Violation } from '../validate/validate-response.ts';
import { hideCredentials, writeCurl } from './curl.ts';

/** Colours text when the output supports it. */
export type Paint = (format: 'red' | 'green' | 'bold', text: string) => string;

export type FailureDescription = Omit<Failure, 'known'>;

export function describeFailures(
  contract: Contract,
  subject: Subject,
  outcomes: readonly Outcome[],
): FailureDescription[] {
  return outcomes.flatMap((outcome) => {
    const { case: each, violations } = outcome;
    // Described once for a case, because large bodies take long.
    const curl =
      violations.length === 0 ? [] : [...(each.before ?? []), each.request].map((one) => writeCurl(subject, one));
    return violations.map((violation) => describeFailure(contract, subject, outcome, violation, curl));
  });
}

function describeFailure(
  contract: Contract,
  subject: Subject,
  { case: each, response: received }: Outcome,
  violation: Violation,
  curl: string[],
): FailureDescription {
  const { pointer, value } = followPointer(contract, violation.contractPointer);
  const response = received ? summarize(subject, received) : 'no response';
  return {
    rule: violation.rule,
    description: describeRule(violation.rule),
    case: each.name,
    message: hideCredentials(subject, violation.message),
    response,
    contractPointer: pointer,
    contractValue: violation.quote ?? shorten(JSON.stringify(value) ?? '', 300),
    curl,
  };
}

function summarize(subject: Subject, { status, text }: HttpResponse): string {
  return `${status} ${STATUS_CODES[status] ?? ''} ${shorten(hideCredentials(subject, text), 400)}`.trim();
}

/** The value at a pointer, and its own pointer after references are resolved. */
function followPointer(contract: Contract, pointer: string): { pointer: string; value: unknown } {
  let at = '';
  let value: unknown = contract;
  const follow = (isReference: (node: object) => boolean) => {
    while (typeof value === 'object' && value !== null && '$ref' in value && isReference(value)) {
      at = String(value.$ref).slice(1);
      value = readPointer(contract, at);
    }
  };
  for (const segment of pointer.split('/').slice(1)) {
    follow(() => true);
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    at = `${at}/${segment}`;
  }
  // A reference with siblings is not resolved: the siblings are more specific than its target.
  follow((node) => Object.keys(node).length === 1);
  return { pointer: at, value };
}

function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

/** Failures shown in full for each rule; fewer when many rules have failures. */
const SHOWN_PER_RULE = 3;
const SHOWN_IN_TOTAL = 12;

export function writeFailures(failures: readonly Failure[], paint: Paint): string {
  const byRule = Map.groupBy(failures, ({ rule }) => rule);
  const shown = Math.max(1, Math.min(SHOWN_PER_RULE, Math.floor(SHOWN_IN_TOTAL / byRule.size)));
  return [...byRule]
    .map(([rule, all]) => {
      const rest = all.length - shown;
      return [
        paint('red', `✗ ${rule}: ${describeRule(rule)}`),
        ...all.slice(0, shown).map(writeFailure),
        ...(rest > 0 ? [`  ... and ${rest} more; --json, --html and --junit list all.\n`] : []),
      ].join('\n');
    })
    .join('\n');
}

export function writeFailure({ case: name, message, response, contractPointer, contractValue, curl }: Failure): string {
  return `
  Request    ${name}
  Response   ${response}
  Violation  ${message}
  Contract   #${contractPointer}${contractValue && `\n             ${contractValue}`}
  Reproduce  ${curl.join('\n').replaceAll('\n', '\n             ')}
`;
}
