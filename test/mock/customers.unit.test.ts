// The names of the mock's customers.
import { describe, expect, it } from 'vitest';
import { examples } from '../../generated/examples.ts';
import { createNameOf } from '../../mock/core/customers.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const OTHER = '0b1e4f0e-63a5-4a8b-9e0d-6f1c2d3e4f5a';

/** An operation whose response names a customer of the creates otherwise, and one of its own. */
const added = {
  anAddedOperation: {
    requests: {},
    responses: {
      200: {
        default: {
          ...{ summary: '', headers: {} },
          body: [
            { id: OWNER, name: 'FinTech Holding Inc.' },
            { id: OTHER, name: 'Other Ltd' },
          ],
        },
      },
    },
  },
};

describe('the name of a customer', () => {
  it.each([
    ['above', { ...added, ...examples }],
    ['below', { ...examples, ...added }],
  ])('is that of the examples of creates, with another operation %s', (_, all) => {
    const nameOf = createNameOf(all);

    expect(nameOf(OWNER)).toBe('FinTech Solutions Inc.');
    expect(nameOf(OTHER)).toBe('Other Ltd');
  });
});
