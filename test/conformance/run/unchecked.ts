// Finds what a run cannot check because it lacks clients or data. That is reported as not checked, never as passed.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Subject } from '../cases/case.ts';
import { type DemandName, demandsOf } from '../cases/demands.ts';
import type { Unchecked } from '../report.ts';
import { UNDECLARED_HEADER } from '../rules.ts';
import type { Outcome } from './suite.ts';

/** The most members of an organization, all of them different. */
const MANY_CUSTOMERS = 10_000;

/** The parts of rules that no case of a run checks, by what its subject lacks. */
export function findUnchecked(contract: Contract, subject: Subject, outcomes: readonly Outcome[] = []): Unchecked[] {
  const stated = demandsOf(contract);
  const { user2, otherUser, names = new Map<string, string>(), mock } = subject;
  const secrets = [subject.secret, ...(user2 ? [user2.secret] : [])];
  const all: [isMissing: boolean, demand: DemandName, rule: string, what: string, needs: string][] = [
    [!user2, 'keys of an account', 'idempotency', 'keys that two clients of an account share', '--user2'],
    [!user2, 'basic', 'security', 'a second client of the account, and its secret with the first client', '--user2'],
    [!otherUser, 'keys of an account', 'idempotency', 'keys that two accounts have', '--other-user'],
    [!otherUser, 'own customers', 'customers', 'customers of another account', '--other-user'],
    [
      !secrets.some((each) => each.includes(':')),
      ...(['exact credentials', 'security', 'a secret with a colon'] as const),
      '--user or --user2 with such a secret',
    ],
    [
      !secrets.some((each) => /[^\0-\x7f]/.test(each)),
      ...(['basic', 'security', 'a secret beyond ASCII'] as const),
      '--user or --user2 with such a secret',
    ],
    [names.size === 0, 'names', 'names', 'names as they were given', '--customer UUID=NAME'],
    [
      names.size > 0 && ![...names.values()].some((name) => /[^\0-\x7f]/.test(name)),
      ...(['names', 'names', 'names beyond ASCII'] as const),
      '--customer UUID=NAME with such a name',
    ],
    [
      names.size < MANY_CUSTOMERS,
      ...(['members', 'names', '10,000 different members'] as const),
      '--customers FILE with as many customers',
    ],
  ];
  // A mock knows no clients, no customers and no names.
  const missing = mock ? [] : all.filter(([isMissing, demand]) => isMissing && stated.has(demand));
  const zstd = {
    rule: 'transfer',
    what: 'bodies in zstd',
    needs: 'test no mock, which may run in a browser',
  };
  return [
    ...(mock && stated.has('codings') ? [zstd] : []),
    ...missing.map(([, , rule, what, needs]) => ({ rule, what, needs: `pass ${needs}` })),
    ...outcomes.flatMap(({ case: { rule, name }, unchecked }) =>
      unchecked === undefined ? [] : [{ rule, what: name, needs: unchecked }],
    ),
  ];
}

/** Why the first of these rules was not checked, and what a run needs for it; undefined if all were checked. */
export function explainUnreached(
  contract: Contract,
  subject: Subject,
  [rule]: readonly string[],
  outcomes: readonly Outcome[] = [],
): string | undefined {
  if (rule === undefined) return undefined;
  const found = findUnchecked(contract, subject, outcomes).find((each) => each.rule === rule)?.needs;
  const needs = found ?? (rule === UNDECLARED_HEADER ? 'pass --strict-headers' : NOTHING_APPLIES);
  return `Nothing was checked of ${rule}: ${needs.replace(/\.$/, '')}.`;
}

const NOTHING_APPLIES = 'no request or response of this run was one that it applies to';

/** Writes the list on one line. */
export function describeUnchecked({ rule, what, needs }: Unchecked): string {
  return `${rule}: ${what}: ${needs}`;
}
