// Characters are counted as JSON Schema does, not as JavaScript does.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countCharacters } from '../../../server/text/count-characters.ts';

describe('countCharacters', () => {
  it('counts a surrogate pair as one character, and a lone surrogate too', () => {
    const unit = fc.constantFrom('a', 'é', '字', '😀', '\ud83d', '\ude00', '\ud7ff', '\ue000');
    const pairs = { found: 0 };
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('');
        const characters = [...text].length;
        if (characters < text.length) pairs.found++;
        expect(countCharacters(text)).toBe(characters);
      }),
    );
    expect(pairs.found).toBeGreaterThan(0);
  });
});
