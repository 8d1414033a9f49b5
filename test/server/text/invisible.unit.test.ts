// Characters that hide or reorder text: which are found, where they are part of visible text, and how they are escaped.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeInvisible, escapeLines, findInvisible, quote } from '../../../server/text/invisible.ts';

/** Every character that satisfies the predicate, except surrogates. */
function charactersOf(pattern: RegExp): string[] {
  const found: string[] = [];
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const character = String.fromCodePoint(point);
    if (pattern.test(character)) found.push(character);
  }
  return found;
}

describe('findInvisible', () => {
  it('finds each control, format, ignorable and impossible character, except number signs that have a glyph', () => {
    const all = charactersOf(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/v,
    );

    const missed = all.filter((character) => findInvisible(`a${character}b`) === undefined);

    expect(all.length).toBeGreaterThan(4000);
    expect(missed).toEqual([...'\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}']);
  });

  it('finds no letter, mark, digit, punctuation, symbol or space but three that have no glyph', () => {
    const all = charactersOf(/[[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]--\p{Default_Ignorable_Code_Point}]/v);

    expect(all.filter((character) => findInvisible(character))).toEqual(['\u2800', '\ufffc', '\u{1d159}']);
  });

  it.each([
    ['\u202e', { kind: 'bidirectional control', name: 'U+202E RIGHT-TO-LEFT OVERRIDE' }],
    ['\u0007', { kind: 'control character', name: 'U+0007' }],
    ['\u200b', { kind: 'invisible character', name: 'U+200B ZERO WIDTH SPACE' }],
    ['\u{e0041}', { kind: 'invisible character', name: 'U+E0041' }],
  ])('describes %j', (character, expected) => {
    expect(findInvisible(`a${character}\u200d`)).toEqual(expected);
  });

  it.each([
    ['Persian', 'شرکت نرم\u200cافزاری'],
    ['Hindi', 'क्\u200dष और क्\u200cष'],
    ['Bengali, the joiner before the virama', 'র\u200d্যাব'],
    ['Sinhala', 'ශ්\u200dරී ලංකා'],
    ['Malayalam, the joiner at the end of a word', 'ന്\u200d അവന്\u200d'],
    ['Mongolian', 'ᠮᠠᠨ\u180eᠠ ᠪ\u180b'],
    ['a joined emoji', '👩🏽\u200d🚀 👨\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈'],
    ['a keycap', '1\ufe0f\u20e3'],
    ['a flag spelled with tags', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['a sign shown as emoji or as text', 'Acme®\ufe0f ☎\ufe0e'],
    ['a variant of an ideograph', '葛\u{e0100}城'],
  ])('finds nothing in %s', (_, text) => {
    expect(findInvisible(text)).toBeUndefined();
    expect(escapeInvisible(text)).toBe(text);
  });

  it.each([
    ['a joiner between Latin letters', 'a\u200cb', 'U+200C'],
    ['a joiner at the end of a Persian word', 'شرکت\u200c', 'U+200C'],
    ['two joiners', 'نرم\u200c\u200cافزاری', 'U+200C'],
    ['a joiner after an emoji, and nothing else', '👩\u200d', 'U+200D'],
    ['a flag of tags that does not exist', '🏴\u{e0078}\u{e0079}\u{e007f}', 'U+E0078'],
    ['a variation selector after a letter', 'a\ufe0f', 'U+FE0F'],
    ['a variation selector after a digit', '1\ufe0f', 'U+FE0F'],
    ['two variation selectors', '葛\u{e0100}\u{e0101}', 'U+E0101'],
  ])('finds %s', (_, text, name) => {
    expect(findInvisible(text)?.name).toContain(name);
  });
});

describe('escapeInvisible', () => {
  it('keeps the meaning of JSON, and leaves nothing invisible in it', () => {
    const unit = fc.constantFrom('a', '"', '\\', '\n', '\u009b', '\u200b', '\u200d', '\u202e', '\u{e0041}', '👩', 'न');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const escaped = escapeInvisible(JSON.stringify(text));
        return JSON.parse(escaped) === text && findInvisible(escaped) === undefined;
      }),
    );
  });

  it('keeps the line breaks of a message with escapeLines', () => {
    expect(escapeLines('a\u202e:\n  b\tc')).toBe('a\\u202e:\n  b\\u0009c');
  });
});

describe('quote', () => {
  it('truncates a long text between characters', () => {
    expect(quote(`${'x'.repeat(59)}🏦🏦`)).toBe(`"${'x'.repeat(59)}…"`);
  });

  it.each([
    [undefined, '"undefined"'],
    [{ a: '\u202e' }, '"{\\"a\\":\\"\\u202e\\"}"'],
  ])('shows %j as text', (value, quoted) => {
    expect(quote(value)).toBe(quoted);
  });
});
