// Which content coding a header names.
import { expect, it } from 'vitest';
import { readCoding } from '../../../server/edge/body/read-coding.ts';

const KNOWN = ['gzip', 'br'];

it.each([
  ['gzip', 'gzip'],
  ['x-GZIP', 'gzip'],
  [' \t gzip\t ', 'gzip'],
  [', ,br,,', 'br'],
  ['identity', undefined],
  ['', undefined],
  [' ,\t, ', undefined],
])('reads %j as %s', (header, coding) => {
  expect(readCoding(header, KNOWN)).toBe(coding);
});

// Optional whitespace is space and tab alone (RFC 9110, section 5.6.3).
it.each(['gzip\u00a0', '\u00a0gzip', '\u00a0', 'gzip\u000b', '\ufeff', 'gzip, br', 'gz ip', `x${' '.repeat(15_000)}x`])(
  'rejects %j',
  (header) => {
    expect(() => readCoding(header, KNOWN)).toThrow(expect.objectContaining({ status: 415 }));
  },
);
