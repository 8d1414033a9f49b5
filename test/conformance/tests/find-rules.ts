// Runs the suite against an implementation with a defect, and finds the rules that it violates.
import { contract } from '../../../generated/contract.ts';
import type { Case, Subject } from '../cases/case.ts';
import { type Defect, startRewritingProxy } from '../defects/rewriting-proxy.ts';
import { createSuite, type Outcome, runSuite } from '../suite.ts';

export type FindRules = (referenceUrl: string, defect?: Defect) => Promise<string[]>;

/** The cases are derived once, because they do not depend on the implementation. A run ends at the expected rule. */
export function createFindRules(given: Omit<Subject, 'url'>): FindRules {
  const options = { contract, seed: 1, combinations: 60, strictHeaders: true, timeoutMs: 3_000 };
  const suite = createSuite({ ...options, subject: given });
  return async (referenceUrl, defect) => {
    const target = await startRewritingProxy(referenceUrl, defect ?? {});
    try {
      const subject = { url: `${target.url}/api`, ...given };
      const stopWhen = ({ violations }: Outcome) => violations.some(({ rule }) => rule === defect?.rule);
      const outcomes = await runSuite(
        { ...options, subject, stopWhen },
        { ...suite, cases: sortFor(defect?.shownBy ?? defect?.rule, suite.cases) },
      );
      return [...new Set(outcomes.flatMap(({ violations }) => violations.map(({ rule }) => rule)))];
    } finally {
      await target.close();
    }
  };
}

/** Puts the cases of a rule first. Then rules alternate, so that a defect shows early. */
function sortFor(rule: string | undefined, cases: readonly Case[]): Case[] {
  const lists = [...Map.groupBy(cases, (each) => each.rule)];
  const first = lists.flatMap(([name, list]) => (name === rule ? list : []));
  const others = lists.flatMap(([name, list]) => (name === rule ? [] : [list]));
  const rounds = Array.from({ length: Math.max(...others.map(({ length }) => length)) }, (_, round) => round);
  return [...first, ...rounds.flatMap((round) => others.flatMap((list) => list.slice(round, round + 1)))];
}
