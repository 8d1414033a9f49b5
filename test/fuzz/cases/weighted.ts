// Combines usual and unusual values. If every part of a request were unusual, only the first one would be tested.
import * as fc from 'fast-check';

/** Usually the first; one time in `rarity` the second. Shrinks towards the first. */
export function mostly<T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, rarity = 8): fc.Arbitrary<T> {
  return fc.oneof({ withCrossShrink: true }, { weight: rarity - 1, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

/** One of the values. Shrinks towards the first. */
export const oneOf = fc.constantFrom;

/** A text of a few characters, out of all 256 bytes, each written as one character. */
export const bytesText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.nat(255), { maxLength }).map((bytes) => String.fromCharCode(...bytes));

/** A unit repeated so often that the text has this length. */
export const filled = (unit: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
