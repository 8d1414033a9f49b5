// Tests the suite with implementations that have one defect each: the rule of the defect must catch it. The slow tests
// take all of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../support/targets.ts';
import { DEFECTS } from '../defects.ts';
import { createFindRules } from './find-rules.ts';
import { RICH_SUBJECT, startReference } from './reference.ts';

/** One in so many, of each kind. */
const STEP = 10;

describe('runSuite', () => {
  const findRules = createFindRules(RICH_SUBJECT);
  let reference: Target;
  beforeAll(async () => {
    reference = await startReference();
  });
  afterAll(() => reference.close());

  it('reports nothing for the reference server', async () => {
    expect(await findRules(reference.url)).toEqual([]);
  });

  it.each(DEFECTS.filter((_, index) => index % STEP === 0))('catches an implementation that $name', async (defect) => {
    expect(await findRules(reference.url, defect)).toContain(defect.rule);
  });

  it('has each defect once', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });
});
