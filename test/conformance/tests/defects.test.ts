// The suite finds what is wrong: each of these implementations differs from the right one in one point, and is caught by the rule that it breaks.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';
import type { Case } from '../case.ts';
import { WRONG } from '../defects.ts';
import { type Change, startChangingProxy } from '../rewriting-proxy.ts';
import { type Outcome, planSuite, runSuite } from '../suite.ts';
import { SUBJECT } from './subject.ts';

describe('the suite', () => {
  let right: Target;
  beforeAll(async () => {
    right = await startMemoryServer();
  });
  afterAll(() => right.close());

  // They depend on no target, so they are derived once. One case of each rule comes first, then the second of each: what is wrong shows early.
  const options = { contract, seed: 1, combinations: 60 };
  const plan = planSuite({ ...options, subject: SUBJECT });
  const suite = { ...plan, cases: takeTurns(plan.cases) };

  function takeTurns(cases: readonly Case[]): Case[] {
    const lists = [...Map.groupBy(cases, ({ rule }) => rule).values()];
    const turns = Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, turn) => turn);
    return turns.flatMap((turn) => lists.flatMap((list) => list.slice(turn, turn + 1)));
  }

  async function findRules(change: Change, awaited?: string): Promise<string[]> {
    const target = await startChangingProxy(right.url, change);
    try {
      const subject = { url: `${target.url}/api`, ...SUBJECT };
      const stopWhen = ({ findings }: Outcome) => findings.some(({ rule }) => rule === awaited);
      const outcomes = await runSuite({ ...options, subject, stopWhen }, suite);
      return [...new Set(outcomes.flatMap(({ findings }) => findings.map(({ rule }) => rule)))];
    } finally {
      await target.close();
    }
  }

  it('finds nothing when the answers come through unchanged', async () => {
    expect(await findRules({})).toEqual([]);
  });

  it.each(WRONG)('catches one that $name', async ({ rule, name: _, ...change }) => {
    expect(await findRules(change, rule)).toContain(rule);
  });
});
