// Runs the suite against implementations with one defect each, which the rule of the defect must detect.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contract } from '../../../../generated/contract.ts';
import type { Target } from '../../../support/targets.ts';
import type { Case, Subject } from '../../cases/case.ts';
import { type Defect, startRewritingProxy } from '../../defects/rewriting-proxy.ts';
import { createSuite, type Outcome, runSuite } from '../../run/suite.ts';
import type { Violation } from '../../validate/validate-response.ts';
import { startReference } from './reference.ts';

/** The timeout, long enough for a busy machine. A defect that never responds takes as long. */
const TIMEOUT_MS = 15_000;

type FindViolations = (referenceUrl: string, defect?: Defect) => Promise<Violation[]>;

/** The cases are derived once, because they do not depend on the implementation. A run ends at the expected rule. */
function createFindViolations(given: Omit<Subject, 'url'>): FindViolations {
  const options = { contract, seed: 1, combinations: 60, strictHeaders: true, timeoutMs: TIMEOUT_MS };
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
      return outcomes.flatMap(({ violations }) => violations);
    } finally {
      await target.close();
    }
  };
}

/** Registers a test for each defect, and one for the reference server that has none. */
export function testDefects(subject: Omit<Subject, 'url'>, defects: readonly Defect[]): void {
  const findViolations = createFindViolations(subject);
  let reference: Target;
  beforeAll(async () => {
    reference = await startReference();
  });
  afterAll(() => reference.close());

  it('reports nothing for the reference server', async () => {
    expect(await findViolations(reference.url)).toEqual([]);
  });

  it.each(defects)('catches an implementation that $name', async (defect) => {
    const rules = (await findViolations(reference.url, defect)).map(({ rule }) => rule);

    expect(new Set(rules)).toContain(defect.rule);
  });
}

/** Puts the cases of a rule first. Then rules alternate, so that a defect shows early. */
function sortFor(rule: string | undefined, cases: readonly Case[]): Case[] {
  const lists = [...Map.groupBy(cases, (each) => each.rule)];
  const first = lists.flatMap(([name, list]) => (name === rule ? list : []));
  const others = lists.flatMap(([name, list]) => (name === rule ? [] : [list]));
  const rounds = Array.from({ length: Math.max(...others.map(({ length }) => length)) }, (_, round) => round);
  return [...first, ...rounds.flatMap((round) => others.flatMap((list) => list.slice(round, round + 1)))];
}
