// JSON is parsed to the value that was written, whatever was parsed before. JSON.parse of V8 confuses names.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson, parseRewritten, rewriteNames } from '../../../server/text/parse-json.ts';
import { escapeAll } from '../../support/bodies/body-parts.ts';

/** Writes a value as JSON. `spell` writes each character of a string. */
function write(value: unknown, spell: (character: string) => string): string {
  const string = (text: string) => `"${[...text].map(spell).join('')}"`;
  if (typeof value === 'string') return string(value);
  if (Array.isArray(value)) return `[${value.map((each) => write(each, spell)).join(' ,')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const properties = Object.entries(value).map(([name, each]) => `${string(name)}\n: ${write(each, spell)}`);
  return `{ ${properties.join(',')}}`;
}

const plain = (character: string) => JSON.stringify(character).slice(1, -1);
const SPELLINGS = {
  plain,
  escaped: escapeAll,
  mixed: (character: string) => (/[\w\ud800]/.test(character) ? escapeAll(character) : plain(character)),
};

// Few names, so that objects share hidden classes.
const text = fc.string({
  unit: fc.constantFrom('\\', 'n', 'u', '0', 'a', '"', '\n', ':', 'é', '\ud800'),
  maxLength: 4,
});
const name = fc.oneof(text, fc.constantFrom('__proto__', '0', 'constructor', 'a', 'b', '😀', '\ud8000', '\ud8001'));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 1.5, 'x'),
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

describe('parseJson', () => {
  it.each(Object.entries(SPELLINGS))('returns the value, %s', (_, spell) => {
    const found = { names: false };
    fc.assert(
      fc.property(value, (each) => {
        const json = write(each, spell);
        if (/\\[^\\"]*"\s*:/.test(json)) found.names = true;
        // As for a client, all that was parsed before matters.
        expect(parseJson(json)).toEqual(each);
        expect(write(parseJson(json), plain)).toBe(write(each, plain));
      }),
      { seed: 1, numRuns: 3000 },
    );
    expect(found.names).toBe(true);
  });

  it.each([
    ['the last of equal names, at the place of the first', '{"\\n":1,"b":2,"\\u000a":3}', '{"\\n":3,"b":2}'],
    ['equal names of which one needs no escape', '{"\\u0061":1,"a":2}', '{"a":2}'],
    ['a value like a name', '["\\n:","\\\\"]', '["\\n:","\\\\"]'],
    ['a name that ends with a backslash', '{"\\\\":"\\\\","a\\\\":1}', '{"\\\\":"\\\\","a\\\\":1}'],
    ['an escape before the end of a value', '{"a":"\\"","\\"":"\\\\"}', '{"a":"\\"","\\"":"\\\\"}'],
    ['a name within arrays', '[[{"\\t":[{"\\n":1}]}]]', '[[{"\\t":[{"\\n":1}]}]]'],
  ])('keeps %s', (_, json, expected) => {
    expect(write(parseJson(json), plain).replace(/\s/g, '')).toBe(expected);
  });

  it.each([
    '{"\\x":1}',
    '{"\\u12":1}',
    '{"\\n"',
    '{"\\n',
    '\\',
    '"\\',
    '{"\\n":}',
    '{"\\n" "a":1}',
    '{"a\\\n":1}',
    '\\"a":1',
  ])('rejects %s', (json) => {
    expect(() => parseJson(json)).toThrow(SyntaxError);
  });

  // Names are searched in parts of 1,024 bytes.
  it.each(['\\n', '\\"', '\\\\', '\\u0041', 'é', '😀'])('keeps a long name and value with %s anywhere', (part) => {
    for (let length = 1010; length <= 1030; length++) {
      const written = `\\t${'a'.repeat(length)}${part}${'b'.repeat(1030 - length)}`;
      const meant: string = JSON.parse(`"${written}"`);
      const json = `{"${written}":"${written}","":[{"${written}" :1}]}`;
      const expected = [
        [meant, meant],
        ['', [Object.fromEntries([[meant, 1]])]],
      ];

      expect(Object.entries(parseJson(json) as object)).toEqual(expected);
      const rewritten = rewriteNames(Buffer.from(json));
      expect(rewritten && Object.entries(parseRewritten(rewritten) as object)).toEqual(expected);
    }
  });

  it('takes linear time for deep nesting', () => {
    const depth = 200_000;

    let inner = parseJson(`${'{"\\n":'.repeat(depth)}1${'}'.repeat(depth)}`);
    for (let level = 0; level < depth; level++) inner = Object(inner)['\n'];
    expect(inner).toBe(1);
  });
});
