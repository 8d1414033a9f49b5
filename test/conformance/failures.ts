// Each failure of a run as a person needs it: what was sent, what came, what the contract says, and what shows it again.
import { STATUS_CODES } from 'node:http';
import type { Contract } from '../../openapi/model/contract.ts';
import type { Subject } from './case.ts';
import { hideCredentials, writeCurl } from './curl.ts';
import { describeRule } from './rules.ts';
import { readPointer } from './schema.ts';
import type { Outcome } from './suite.ts';
import type { Finding } from './validate-response.ts';

/** Colours a text where that is wanted. */
export type Paint = (format: 'red' | 'green' | 'bold', text: string) => string;

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
  const { pointer, value } = followPointer(contract, finding.contractPointer);
  const came = reply
    ? `${reply.status} ${STATUS_CODES[reply.status] ?? ''} ${shorten(hideCredentials(subject, reply.text), 400)}`.trim()
    : 'nothing';
  return {
    rule: finding.rule,
    description: describeRule(finding.rule),
    case: each.name,
    message: hideCredentials(subject, finding.message),
    came,
    contractPointer: pointer,
    contractSays: shorten(JSON.stringify(value) ?? '', 300),
    curl: [...(each.before ?? []), each.request].map((sent) => writeCurl(subject, sent)),
  };
}

/** What stands at a pointer, and where it stands itself when a reference leads there. */
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
  // What stands beside a reference says more than what it leads to.
  follow((node) => Object.keys(node).length === 1);
  return { pointer: at, value };
}

function shorten(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text;
}

/** Of each rule this many are told in full, fewer when many rules are broken; the others only count. */
const SHOWN = 3;
const SHOWN_OF_ALL = 12;

export function writeFailures(failures: readonly Failure[], paint: Paint): string {
  const byRule = Map.groupBy(failures, ({ rule }) => rule);
  const shown = Math.max(1, Math.min(SHOWN, Math.floor(SHOWN_OF_ALL / byRule.size)));
  return [...byRule]
    .map(([rule, all]) => {
      const rest = all.length - shown;
      return [
        paint('red', `✗ ${rule}: ${describeRule(rule)}`),
        ...all.slice(0, shown).map(writeFailure),
        ...(rest > 0 ? [`  ... and ${rest} more of this rule; --json or --junit tell all.\n`] : []),
      ].join('\n');
    })
    .join('\n');
}

export function writeFailure({ case: name, message, came, contractPointer, contractSays, curl }: Failure): string {
  return `
  Sent      ${name}
  Came      ${came}
  Wrong     ${message}
  Contract  #${contractPointer}${contractSays && `\n            ${contractSays}`}
  Again     ${curl.join('\n').replaceAll('\n', '\n            ')}
`;
}
