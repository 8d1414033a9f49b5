// The order in which cases are sent at a limited rate.
import type { Contract } from '../../../openapi/model/contract.ts';
import type { Case } from '../cases/case.ts';

/** Failed logins in addition to those of the cases: of a probe, or of an earlier run. */
const RESERVE = 2;

/**
 * The cases with their indexes. As many failed logins as the contract allows in a minute come first, and the others
 * last: the first window of a server with fixed windows is then over, or nearly so, and nothing else waits.
 */
export function orderForSending(cases: readonly Case[], contract: Contract): [index: number, each: Case][] {
  const limit = contract['x-limits']?.failedLoginsPerMinute?.value;
  const all = [...cases.entries()];
  if (limit === undefined) return all;
  const failing = all.filter(([, each]) => countFailedLogins(each) > 0);
  const [first, last]: [typeof all, typeof all] = [[], []];
  let count = 0;
  for (const entry of failing) {
    count += countFailedLogins(entry[1]);
    (count <= limit - RESERVE ? first : last).push(entry);
  }
  return [...first, ...all.filter((entry) => !failing.includes(entry)), ...last];
}

function countFailedLogins({ before = [], expected }: Case): number {
  return [...before.map((each) => each.expected), expected].filter(
    (each) => each?.kind === 'rejected' && each.error === 'credentials',
  ).length;
}
