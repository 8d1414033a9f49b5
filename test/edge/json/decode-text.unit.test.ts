// The decoding of long texts, which must not divide a character.
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../server/edge/json/decode-text.ts';

describe('decodeText', () => {
  it.each(['a', 'é', '—', '😀'])('decodes %s at any place around the middle of a long text', (character) => {
    for (let before = 0; before < 5; before++) {
      const text = 'x'.repeat(before) + character.repeat(600_000);
      const bytes = Buffer.from(text).subarray(0, before + 4 * 300_000);

      // `toEqual` would print a megabyte.
      expect(decodeText(bytes) === bytes.toString('utf8'), `behind ${before} bytes`).toBe(true);
    }
  });

  it('decodes texts of the sizes around that of an external string', () => {
    for (const size of [0, 1, 1_031_912, 1_031_913, 1_031_914, 1_048_576])
      expect(decodeText(Buffer.alloc(size, 'a')) === 'a'.repeat(size), `${size} bytes`).toBe(true);
  });
});
