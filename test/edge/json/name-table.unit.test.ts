// Property names are distinguished as JSON.parse distinguishes them, however they are escaped.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTable } from '../../../server/edge/json/name-table.ts';

/** A name as the text between two quotes, with some units escaped. */
const written = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'é', '\u2028', '\ud83d\ude00', '/'),
      fc.constantFrom('\\u0061', '\\u00e9', '\\u00E9', '\\u2028', '\\ud83d', '\\uDE00', '\\ud83d\\ude00', '\\u0000'),
      fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u000a', '\\u0022', '\\u005c'),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));

/** The numbers that the table assigns to these names, which follow each other in a text, each with a quote after it. */
function numbers(table: NameTable, names: readonly string[]): number[] {
  let end = 0;
  const bytes = Buffer.from(names.map((name) => `${name}"`).join(''));
  return names.map((name) => {
    const start = end;
    end += Buffer.byteLength(name) + 1;
    return table.add(bytes, start, end - 1);
  });
}

/** The numbers according to a Map and JSON.parse. */
function numbersByMap(names: readonly string[]): number[] {
  const known = new Map<string, number>();
  return names.map((name) => {
    const meant: string = JSON.parse(`"${name}"`);
    const number = known.get(meant) ?? known.size;
    known.set(meant, number);
    return number;
  });
}

describe('the table of names', () => {
  it('returns one number for each name, in whatever way it is escaped', () => {
    const table = new NameTable();
    fc.assert(
      fc.property(fc.array(written, { maxLength: 40 }), (names) => {
        table.clear();
        expect(numbers(table, names)).toEqual(numbersByMap(names));
        expect(table.size).toBe(new Set(numbersByMap(names)).size);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  // Names above 100 bytes are copied in bulk, unless they have escapes. Those are read in parts of 1,024 bytes.
  it('returns one number for each long name, in whatever way it is escaped', () => {
    const table = new NameTable();
    const length = fc.oneof(fc.integer({ min: 90, max: 110 }), fc.integer({ min: 1000, max: 1030 }));
    const long = fc.tuple(written, length, written);
    fc.assert(
      fc.property(fc.array(long, { maxLength: 20 }), (all) => {
        const names = all.flatMap(([before, length, after]) =>
          ['a', '\\u0061'].map((letter) => before + letter + 'a'.repeat(length) + after),
        );
        table.clear();
        expect(numbers(table, names)).toEqual(numbersByMap(names));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('holds 50,000 names, and forgets all of them', () => {
    const table = new NameTable();
    const names = Array.from({ length: 60_000 }, (_, index) => (index % 50_000).toString(36));

    const first = numbers(table, names);
    table.clear();
    const second = numbers(table, names.slice(0, 1000));

    expect(first).toEqual(numbersByMap(names));
    expect(second).toEqual(first.slice(0, 1000));
  });
});
