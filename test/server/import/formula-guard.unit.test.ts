// Names in CSV that a spreadsheet would run as formulas.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardFormulas, unguardFormulas } from '../../../server/import/formula-guard.ts';

describe('guardFormulas', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['\rx', "'\rx"],
    ['＝1', "'＝1"],
    ['  =1', "'  =1"],
    ["'=1", "''=1"],
    ['Acme;=1', "Acme;'=1"],
    ['"=1', `'"=1`],
    // A reader that splits at semicolons finds a doubled quote, so that this begins with an empty text.
    ['Acme;"=1+1;b', `Acme;'"=1+1;b`],
    [`Acme;" '"@x`, `Acme;'" '"@x`],
  ])('puts an apostrophe before a formula: %j', (name, guarded) => {
    expect(guardFormulas(name)).toBe(guarded);
  });

  it.each(["O'Neil", "'Acme'", 'A-1', 'Smith, -Jones', 'a@b', 'A; B', '"A"', 'a;"b"', ''])(
    'leaves %j unchanged',
    (name) => {
      expect(guardFormulas(name)).toBe(name);
    },
  );
});

describe('unguardFormulas', () => {
  it('returns the original name, whatever it is', () => {
    const unit = fc.constantFrom(...'\'=+-@\t\r\n ;,"a＝');
    fc.assert(fc.property(fc.string({ unit }), (name) => unguardFormulas(guardFormulas(name)) === name));
  });

  it('handles two million characters, so it does not backtrack', () => {
    const text = "\t'".repeat(1_000_000);

    expect(unguardFormulas(guardFormulas(text))).toBe(text);
  });
});
