// A simple pattern has the result of the regular expression for a value, and for its text in JSON.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { matches, matchesText, toBytePattern } from '../../../server/text/byte-pattern.ts';
import { escapeAll } from '../../support/bodies/body-parts.ts';

const { Uuid, CustomerId } = contract.components.schemas;

function readPattern(expression: string) {
  const pattern = toBytePattern(expression);
  if (!pattern) throw new Error(`${expression} is not simple.`);
  return pattern;
}

/** The JSON of a text in which every `step`th character is escaped; none for 0. */
function toJson(text: string, step: number): string {
  const characters = [...text].map((character, index) =>
    (index + 1) % step === 0 ? escapeAll(character) : JSON.stringify(character).slice(1, -1),
  );
  return `"${characters.join('')}"`;
}

const test = (expression: string, json: string) => matchesText(readPattern(expression), Buffer.from(`[${json}]`), 1);

describe('a simple pattern', () => {
  it.each([
    String(Uuid?.pattern),
    String(CustomerId?.pattern),
    '^a$',
    '^[a-c]{3}$',
    '^[0-9]{2}-[A-Z_]x{2}$',
    '^[a-]{2}[-a]$',
    '^a{0}$',
  ])('%s has the results of the regular expression', (expression) => {
    const regular = new RegExp(expression, 'u');
    const pattern = readPattern(expression);
    const seen = { match: false, mismatch: false };
    const character = fc.constantFrom(...'aabcx019AZ_-', 'é', '😀', '\n', '"', '\\', '/', '\0', '\u007f');
    const near = fc.stringMatching(regular);
    const changed = fc
      .tuple(near, fc.nat(40), character, fc.nat(2))
      .map(([text, at, inserted, removed]) => text.slice(0, at) + inserted + text.slice(at + removed));
    fc.assert(
      fc.property(fc.oneof(near, changed, fc.string({ unit: character, maxLength: 8 })), fc.nat(4), (value, step) => {
        const isMatch = regular.test(value);
        expect(matches(pattern, value), value).toBe(isMatch);
        const json = toJson(value, step);
        seen[isMatch ? 'match' : 'mismatch'] = true;
        const found = test(expression, json);
        // An escape before any mismatch leaves it open.
        if (json.includes('\\')) expect([undefined, isMatch], json).toContain(found);
        else expect(found, json).toBe(isMatch);
      }),
      { seed: 1, numRuns: 1000 },
    );
    expect(seen).toEqual({ match: true, mismatch: true });
  });

  it.each([
    ['may match an escape', '"a\\u0062c"', undefined],
    ['may match what follows an escape', '"\\u0061zz"', undefined],
    ['does not match what is wrong before an escape', '"z\\u0062c"', false],
    ['does not match an escape that is one character too many', '"abc\\u0061"', false],
    ['does not match an empty string', '""', false],
    ['does not match the beginning', '"ab"', false],
    ['matches the whole', '"abc"', true],
  ])('%s', (_, json, expected) => {
    expect(test('^[a-c]{3}$', json)).toBe(expected);
  });
});

describe('a pattern that is not simple', () => {
  it.each([
    'abc',
    '^abc',
    'abc$',
    '^$',
    '^a*$',
    '^a{2,3}$',
    '^[^a]$',
    '^a|b$',
    '^(a)$',
    '^\\d$',
    '^.$',
    '^[é]$',
    '^a{1025}$',
    '^[a]a[b]b[c]c[d]d[e]$',
    // These sets contain the backslash, which in JSON begins an escape.
    '^[A-z]{3}$',
    '^x[9-a]{2}$',
  ])('%s is left to the validator', (expression) => {
    expect(toBytePattern(expression)).toBeUndefined();
  });
});
