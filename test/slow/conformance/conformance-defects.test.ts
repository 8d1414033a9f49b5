// Every implementation with a defect, of which `test/conformance/tests` takes some.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFECTS } from '../../conformance/defects.ts';
import { createFindRules } from '../../conformance/tests/find-rules.ts';
import { FULL_SUBJECT, startReference } from '../../conformance/tests/reference.ts';
import type { Target } from '../../support/targets.ts';

describe('runSuite', () => {
  const findRules = createFindRules(FULL_SUBJECT);
  let reference: Target;
  beforeAll(async () => {
    reference = await startReference();
  });
  afterAll(() => reference.close());

  it('reports nothing for the reference server', async () => {
    expect(await findRules(reference.url)).toEqual([]);
  });

  it.each(DEFECTS)('catches an implementation that $name', async (defect) => {
    expect(await findRules(reference.url, defect)).toContain(defect.rule);
  });
});
