// Some implementations with a defect. `test/slow/conformance` tests all of them.
import { describe, expect, it } from 'vitest';
import { DEFECTS } from '../../conformance/defects.ts';
import { RICH_SUBJECT } from '../../conformance/tests/support/rich-subject.ts';
import { testDefects } from '../../conformance/tests/support/test-defects.ts';

/** Every tenth defect of the list, except those that only 10,000 different customers show. */
const STEP = 10;
const OF_MANY_CUSTOMERS = /1,000th|10,000 members|5,000 members/;

describe('runSuite', () => {
  testDefects(
    RICH_SUBJECT,
    DEFECTS.filter(({ name }) => !OF_MANY_CUSTOMERS.test(name)).filter((_, index) => index % STEP === 0),
  );

  it('has each defect once', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });
});
