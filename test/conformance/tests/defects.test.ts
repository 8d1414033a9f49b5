// Tests the suite with implementations that have one defect each: the rule of the defect must catch it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';
import type { Case } from '../case.ts';
import { DEFECTS } from '../defects.ts';
import { type Rewrite, startRewritingProxy } from '../rewriting-proxy.ts';
import { createSuite, type Outcome, runSuite } from '../suite.ts';
import { SUBJECT } from './subject.ts';

describe('runSuite', () => {
  let reference: Target;
  beforeAll(async () => {
    reference = await startMemoryServer();
  });
  afterAll(() => reference.close());

  // Derived once, because the cases do not depend on the target. Rules alternate, so that a defect shows early.
  const options = { contract, seed: 1, combinations: 60, strictHeaders: true };
  const derived = createSuite({ ...options, subject: SUBJECT });
  const suite = { ...derived, cases: interleave(derived.cases) };

  function interleave(cases: readonly Case[]): Case[] {
    const lists = [...Map.groupBy(cases, ({ rule }) => rule).values()];
    const rounds = Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, round) => round);
    return rounds.flatMap((round) => lists.flatMap((list) => list.slice(round, round + 1)));
  }

  async function findRules(rewrite: Rewrite, expected?: string): Promise<string[]> {
    const target = await startRewritingProxy(reference.url, rewrite);
    try {
      const subject = { url: `${target.url}/api`, ...SUBJECT };
      const stopWhen = ({ violations }: Outcome) => violations.some(({ rule }) => rule === expected);
      const outcomes = await runSuite({ ...options, subject, stopWhen }, suite);
      return [...new Set(outcomes.flatMap(({ violations }) => violations.map(({ rule }) => rule)))];
    } finally {
      await target.close();
    }
  }

  it('reports nothing for the reference server', async () => {
    expect(await findRules({})).toEqual([]);
  });

  it.each(DEFECTS)('catches an implementation that $name', async ({ rule, name: _, ...rewrite }) => {
    expect(await findRules(rewrite, rule)).toContain(rule);
  });
});
