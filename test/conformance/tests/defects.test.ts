// Some implementations with a defect. `test/slow/conformance` takes all of them.
import { describe, expect, it } from 'vitest';
import { DEFECTS } from '../defects.ts';
import { testDefects } from './find-rules.ts';
import { RICH_SUBJECT } from './rich-subject.ts';

/** Every tenth defect of the list. */
const STEP = 10;

describe('runSuite', () => {
  testDefects(
    RICH_SUBJECT,
    DEFECTS.filter((_, index) => index % STEP === 0),
  );

  it('has each defect once', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
  });
});
