// A list without repeated texts is what a Set of the list contains.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutRepeats } from '../../../server/text/without-repeats.ts';

/** Creates a list of 1,000 texts. */
const list = (text: (index: number) => string) => Array.from({ length: 1000 }, (_, index) => text(index));
const hex = (index: number, length: number) => index.toString(16).padStart(length, '0');

describe('withoutRepeats', () => {
  it.each([
    ['that begin differently', list((index) => `${hex(index, 8)}-05a3-42a5-802a-6b59091157af`)],
    ['that end differently', list((index) => `50af5191-05a3-42a5-802a-${hex(index, 12)}`)],
    ['that differ in the middle', list((index) => `50af5191-${hex(index, 4)}-42a5-802a-6b59091157af`)],
    ['of a few characters', list(String)],
  ])('keeps distinct texts %s', (_, texts) => {
    expect(withoutRepeats([...texts])).toEqual(texts);
  });

  it('returns the same list if no ID is repeated', () => {
    const texts = list((index) => `50af5191-05a3-42a5-802a-${hex(index, 12)}`);

    expect(withoutRepeats(texts)).toBe(texts);
  });

  it.each([0, 1, 255, 256, 10_000])('has the texts of a Set of a list of %i texts', (length) => {
    fc.assert(
      fc.property(fc.nat(length), fc.nat(length), fc.nat(40), (from, to, characters) => {
        const texts = Array.from({ length }, (_, index) => hex(index, characters));
        const [first] = texts.splice(from, 1);
        if (first !== undefined) texts.splice(to, 0, first, first);

        expect(withoutRepeats(texts)).toEqual([...new Set(texts)]);
      }),
      { numRuns: 20 },
    );
  });

  it('removes repeated texts that are far apart', () => {
    const texts = list((index) => hex(index % 999, 36));

    expect(withoutRepeats(texts)).toEqual(texts.slice(0, 999));
  });
});
