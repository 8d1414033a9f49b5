// The scanner accepts what JSON.parse accepts, and reports the place of any error.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectEnd, JsonSyntaxError, skipSpace, skipValue, terminate } from '../../../server/edge/json/scanner.ts';

/** Place and reason of the first error; undefined for valid JSON. */
function scan(text: string, end: (bytes: Uint8Array) => Uint8Array = terminate) {
  const bytes = end(Buffer.from(text));
  try {
    expectEnd(bytes, skipValue(bytes, skipSpace(bytes, 0)));
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { offset: error.offset, reason: error.message };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the scanner', () => {
  it.each([
    ['', 0, 'Value expected'],
    ['  ', 2, 'Value expected'],
    ['{', 1, 'Property name expected'],
    ['{]', 1, 'Property name expected'],
    ['{a:1}', 1, 'Property name expected'],
    ["{'a':1}", 1, 'Property name expected'],
    ['{1:2}', 1, 'Property name expected'],
    ['{,}', 1, 'Property name expected'],
    ['{"a":1,}', 7, 'Property name expected'],
    ['{"a":1,', 7, 'Property name expected'],
    ['{"a"', 4, 'Colon expected'],
    ['{"a" 1}', 5, 'Colon expected'],
    ['{"a"}', 4, 'Colon expected'],
    ['{"a":}', 5, 'Value expected'],
    ['{"a"::1}', 5, 'Value expected'],
    ['{"a":1', 6, 'Close brace expected'],
    ['{"a":1 "b":2}', 7, 'Comma expected'],
    ['{"a":[}]', 6, 'Value expected'],
    ['[', 1, 'Value expected'],
    ['[1', 2, 'Close bracket expected'],
    ['[1}', 2, 'Comma expected'],
    ['[1 2]', 3, 'Comma expected'],
    ['[1,]', 3, 'Value expected'],
    ['[,1]', 1, 'Value expected'],
    ['[01]', 2, 'Comma expected'],
    ['1 2', 2, 'End of file expected'],
    ['01', 1, 'End of file expected'],
    ['-01', 2, 'End of file expected'],
    ['{}}', 2, 'End of file expected'],
    ['1\0', 1, 'End of file expected'],
    ['\0', 0, 'Value expected'],
    ['nope', 0, 'Invalid symbol'],
    ['nul', 0, 'Invalid symbol'],
    ['[tru]', 1, 'Invalid symbol'],
    ['undefined', 0, 'Value expected'],
    ['NaN', 0, 'Value expected'],
    ['/**/1', 0, 'Value expected'],
    ['.5', 0, 'Value expected'],
    ['+1', 0, 'Value expected'],
    ['-', 0, 'Unexpected end of number'],
    ['-x', 0, 'Unexpected end of number'],
    ['1.', 0, 'Unexpected end of number'],
    ['[1.e3]', 1, 'Unexpected end of number'],
    ['1e', 0, 'Unexpected end of number'],
    ['1e+', 0, 'Unexpected end of number'],
    ['"a', 0, 'Unexpected end of string'],
    ['["\\"', 1, 'Unexpected end of string'],
    ['["\\', 2, 'Invalid escape character'],
    ['["\\x"]', 2, 'Invalid escape character'],
    ['["\\u12', 2, 'Invalid unicode'],
    ['["\\u12g4"]', 2, 'Invalid unicode'],
    ['"\t"', 1, 'Invalid character'],
    ['"\0"', 1, 'Invalid character'],
    ['\ufeff1', 0, 'Value expected'],
    ['\u00a01', 0, 'Value expected'],
  ])('rejects %j at offset %i: %s', (text, offset, reason) => {
    expect(isJson(text)).toBe(false);
    expect(scan(text)).toEqual({ offset, reason });
  });

  it.each(['"\u007f\u2028"', '-0.0E-0', ' \t\r\n[ { } , [ ] ] ', '"\\/\\b\\f\\n\\r\\t\\\\\\"\\uD800"'])(
    'accepts %j',
    (text) => {
      expect(isJson(text)).toBe(true);
      expect(scan(text)).toBeUndefined();
    },
  );

  it('rejects exactly what JSON.parse rejects, for any mutation of a JSON text', () => {
    const piece = fc.constantFrom(...'{}[]",:\\u0e.-+ \n\0tfn1a', 'true', 'null', '\\u00e9', '\ud83d\ude00', '0', '""');
    const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(3), insert: piece });
    const texts = new Set<boolean>();
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.array(edit, { maxLength: 2 }), (json, edits) => {
        const text = edits.reduce((before, { at, remove, insert }) => {
          const start = Math.floor(at * before.length);
          return before.slice(0, start) + insert + before.slice(start + remove);
        }, json);
        // An earlier check rejects what is not UTF-8.
        fc.pre(text.isWellFormed());
        texts.add(isJson(text));
        expect(scan(text) === undefined).toBe(isJson(text));
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(texts.size).toBe(2);
  });

  it('ends at the end of the text after it has read a longer one', () => {
    expect(scan('[1,2,3,4]')).toBeUndefined();
    expect(scan('[1')).toEqual({ offset: 2, reason: 'Close bracket expected' });
  });

  // 1,024 values are skipped in one call.
  describe.each([1023, 1024, 1025, 2047, 2048, 2049])('with %i values in one array or object', (count) => {
    const ones = Array<string>(count).fill('1').join();
    it.each([
      ['arrays in each other', '['.repeat(count) + ']'.repeat(count)],
      ['objects in each other', `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`],
      ['numbers', `[${ones}]`],
      ['properties', `{"a":${ones.replaceAll(',', ',"a":')}}`],
      ['numbers in an inner array', `[1,[${ones}],{"a":[${ones}]}]`],
      ['empty arrays', `[${ones.replaceAll('1', '[]')}]`],
    ])('skips %s, and finds what is wrong behind them', (_, text) => {
      const end = text.length;
      const close = text.endsWith('}') ? 'brace' : 'bracket';

      expect(isJson(text)).toBe(true);
      expect(scan(text)).toBeUndefined();
      expect(scan(`${text},`)).toEqual({ offset: end, reason: 'End of file expected' });
      expect(scan(text.slice(0, -1))).toEqual({ offset: end - 1, reason: `Close ${close} expected` });
      expect(scan(`${text.slice(0, -1)}\0`)).toEqual({ offset: end - 1, reason: 'Comma expected' });
    });
  });

  // Four bytes of a long string are read at a time.
  describe.each([
    ['a quote', '"', undefined],
    ['an escape', '\\n"', undefined],
    ['a unicode escape', '\\u00e9"', undefined],
    ['characters of 2, 3 and 4 bytes', 'é\u2028\ud83d\ude00"', undefined],
    ['characters near the special ones', '!#[]\x7f \u00a0\u00a2\u00dc"', undefined],
    ['a control character', '\x1f"', 'Invalid character'],
    ['a line feed', '\n"', 'Invalid character'],
    ['a zero byte', '\0"', 'Invalid character'],
    ['a bad escape', '\\x"', 'Invalid escape character'],
    ['a bad unicode escape', '\\u12g4"', 'Invalid unicode'],
    ['the end', '', 'Unexpected end of string'],
  ])('with %s in a long string', (_, special, reason) => {
    it.each(['a', 'é', '\u2028', '\ud83d\ude00'])('behind any number of %s, at any offset', (character) => {
      for (let spaces = 0; spaces < 8; spaces++) {
        for (let length = 0; length < 40; length++) {
          const before = `${' '.repeat(spaces)}"${character.repeat(length)}`;
          const text = before + special;
          // A missing end is reported at the beginning of the string.
          const offset = special === '' ? spaces : Buffer.byteLength(before);
          expect(isJson(text)).toBe(reason === undefined);
          expect(scan(text)).toEqual(reason === undefined ? undefined : { offset, reason });
        }
      }
    });
  });

  it('rejects exactly what JSON.parse rejects, for long strings of any bytes', () => {
    const part = fc.oneof(
      { weight: 30, arbitrary: fc.nat(40).map((length) => 'a'.repeat(length)) },
      {
        weight: 10,
        arbitrary: fc.constantFrom('\\"', '\\\\', '\\u0022', 'é', '\ud83d\ude00', '!', '#', '[', ']', ' ', '\x7f'),
      },
      { weight: 1, arbitrary: fc.constantFrom('"', '","', '\0', '\x1f', '\t', '\\', '\\u00') },
    );
    const found = new Set<boolean>();
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const text = `["${parts.join('')}"]`;
        found.add(isJson(text));
        expect(scan(text) === undefined).toBe(isJson(text));
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(found.size).toBe(2);
  });

  it('reads no other text than the given one, whichever `terminate` returned last', () => {
    const long = 'a'.repeat(100);
    const appendZero = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.of(0)]);
    terminate(Buffer.from(`"${long}${long}"`));
    expect(scan(`"${long}"`, appendZero)).toBeUndefined();
    expect(scan(`"${long}\n"`, appendZero)).toEqual({ offset: 101, reason: 'Invalid character' });
    expect(scan(`"${long}`, appendZero)).toEqual({ offset: 0, reason: 'Unexpected end of string' });
  });
});
