// The Origin of a malformed header.
import { describe, expect, it } from 'vitest';
import { findOrigin } from '../../server/http/rejections/find-origin.ts';

const LINE = 'POST / HTTP/1.1\r\n';

describe('findOrigin', () => {
  it.each([
    ['a field', `${LINE}Host: a\r\nOrigin: http://a.example\r\n`, 'http://a.example'],
    ['a name in any case', `${LINE}oRiGiN:http://a.example\r\n`, 'http://a.example'],
    ['surrounding white space', `${LINE}Origin: \t http://a.example\t \r\n`, 'http://a.example'],
    ['lines that end with LF', `${LINE.replace('\r', '')}Origin: http://a.example\n`, 'http://a.example'],
    ['empty lines before the request', `\r\n\r\n${LINE}Origin: http://a.example\r\n`, 'http://a.example'],
    ['a malformed field before it', `${LINE}: b\r\nOrigin: http://a.example\r\n`, 'http://a.example'],
    [
      'two fields',
      `${LINE}Origin: http://a.example\r\nOrigin: http://a.example\r\n`,
      'http://a.example, http://a.example',
    ],
    ['a malformed one behind it', `${LINE}Origin: http://a.example\r\nOrigin: a b\r\n`, 'http://a.example, '],
    ['an empty value', `${LINE}Origin:\r\n`, ''],
    ['white space as its value', `${LINE}Origin: \t \r\n`, ''],
    ['a value of two words', `${LINE}Origin: http://a.example b\r\n`, ''],
    ['a carriage return in its value', `${LINE}Origin: http://a.example\rA: b\r\n`, ''],
    ['a folded value', `${LINE}Origin: http://a.example\r\n b\r\n`, ''],
    ['a value folded with LF', `${LINE}Origin: http://a.example\n \n`, ''],
    ['a no-break space behind its value', `${LINE}Origin: http://a.example\xa0\r\n`, 'http://a.example\xa0'],
  ])('returns the value of %s', (_, header, expected) => {
    expect(findOrigin(header)).toBe(expected);
  });

  it.each([
    ['no header', ''],
    ['a request line that is cut off', 'POST /?Origin: http://a.example'],
    ['a value that is cut off', `${LINE}Origin: http://a.example`],
    ['an Origin in the request line', 'Origin: http://a.example\r\nHost: a\r\n'],
    ['an Origin in a value', `${LINE}A: Origin: http://a.example\r\n`],
    ['an Origin in a folded value', `${LINE}A: b\r\n Origin: http://a.example\r\n`],
    ['a continuation that is cut off', `${LINE}Origin: http://a.example\r\n b`],
    ['a space before the colon', `${LINE}Origin : http://a.example\r\n`],
    ['a longer name', `${LINE}X-Origin: http://a.example\r\n`],
    ['an Origin in the body', `${LINE}Host: a\r\n\r\nOrigin: http://a.example\r\n`],
    ['an Origin in the body behind lines that end with LF', 'POST / HTTP/1.1\nHost: a\n\nOrigin: http://a.example\n'],
  ])('returns undefined for %s', (_, header) => {
    expect(findOrigin(header)).toBeUndefined();
  });

  it.each([' ', '\t', '\r', '\n', '\r\n', ' \r\n', '\n ', 'a\n', 'Origin: \r\n', 'a'])(
    'reads 64 KiB of %j in linear time',
    (part) => {
      const text = part.repeat(65_536 / part.length);
      const start = performance.now();

      for (const header of [
        text,
        `${LINE}Origin:${text}`,
        `${LINE}Origin:${text}b c\r\n`,
        `${LINE}Origin: a${text}b\r\n`,
      ])
        findOrigin(header);

      expect(performance.now() - start).toBeLessThan(500);
    },
  );
});
