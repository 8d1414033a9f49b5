// The forms of a header that the suite accepts as equal to the contract's.
import { describe, expect, it } from 'vitest';
import { canonicalHeader } from '../validate/canonical-header.ts';

const CHALLENGE = 'Basic realm="customer-organizations", charset="UTF-8"';

describe('canonicalHeader', () => {
  it.each([
    ['as declared', CHALLENGE],
    ['with another realm', 'Basic realm="x", charset="UTF-8"'],
    ['with an escaped quote in its realm', 'Basic realm="a \\"b\\", c", charset="UTF-8"'],
    ['with a token as realm', 'Basic realm=x, charset="UTF-8"'],
    ['with a token as charset', 'Basic realm="x", charset=UTF-8'],
    ['in lower case', 'basic realm="x", charset="utf-8"'],
    ['in upper case', 'BASIC REALM="x", CHARSET="UTF-8"'],
    ['in another order', 'Basic charset="UTF-8", realm="x"'],
    ['without spaces', 'Basic realm="x",charset="UTF-8"'],
    ['with spaces around the equals signs', 'Basic realm = "x" , charset = "UTF-8"'],
    ['with a parameter that nobody knows', 'Basic realm="x", charset="UTF-8", scope="all"'],
    ['behind another challenge', 'Bearer realm="y", Basic realm="x", charset="UTF-8"'],
    ['before another challenge', 'Basic realm="x", charset="UTF-8", Negotiate'],
    ['behind a challenge without parameters', 'Negotiate, Basic realm="x", charset="UTF-8"'],
  ])('recognizes the challenge %s', (_, value) => {
    expect(canonicalHeader('www-authenticate', value, CHALLENGE)).toBe(CHALLENGE);
  });

  it.each([
    ['another scheme', 'Bearer realm="x", charset="UTF-8"'],
    ['no realm', 'Basic charset="UTF-8"'],
    ['no charset', 'Basic realm="x"'],
    ['another charset', 'Basic realm="x", charset="latin1"'],
    ['the charset in another challenge', 'Basic realm="x", Digest charset="UTF-8"'],
    ['no closing quote', 'Basic realm="x, charset="UTF-8"'],
    ['nothing', ''],
  ])('does not recognize a challenge with %s', (_, value) => {
    expect(canonicalHeader('www-authenticate', value, CHALLENGE)).toBe(value);
  });

  it('writes lists with one space after each comma', () => {
    expect(canonicalHeader('allow', 'POST ,OPTIONS,, ', 'undefined')).toBe('POST, OPTIONS');
    expect(canonicalHeader('accept-encoding', 'gzip,br', 'undefined')).toBe('gzip, br');
  });

  it('leaves all other headers unchanged', () => {
    expect(canonicalHeader('retry-after', '1 , 2', '')).toBe('1 , 2');
  });
});
