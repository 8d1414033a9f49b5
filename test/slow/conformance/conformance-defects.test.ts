// Every implementation with a defect. `test/conformance/tests` tests some of them.
import { describe } from 'vitest';
import { DEFECTS } from '../../conformance/defects.ts';
import { FULL_SUBJECT } from '../../conformance/tests/support/rich-subject.ts';
import { testDefects } from '../../conformance/tests/support/test-defects.ts';

describe('runSuite', () => testDefects(FULL_SUBJECT, DEFECTS));
