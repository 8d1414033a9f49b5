// Generates header lines that no request needs: names that the server may know, and any others.
import * as fc from 'fast-check';
import { bytesText, filled, mostly, oneOf } from './weighted.ts';

/** No line at all. */
export const NONE: fc.Arbitrary<string[]> = oneOf<string[]>([]);

const KNOWN_NAMES = [
  'Upgrade',
  'HTTP2-Settings',
  'Keep-Alive',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Request-Id',
  'Accept',
  'Accept-Encoding',
  'Origin',
  'Access-Control-Request-Method',
  'If-None-Match',
  'If-Modified-Since',
  'Range',
  'Cookie',
  'Date',
  'X-HTTP-Method-Override',
  'Forwarded',
  'Via',
  'Max-Forwards',
  'Content-MD5',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
] as const;
const name = mostly(
  fc.constantFrom(...KNOWN_NAMES),
  fc.oneof(
    oneOf(
      '',
      'a b',
      'a\x00',
      '\xfc',
      'x ',
      'x\t',
      ' x',
      '\tx',
      '(',
      'a/b',
      'Content-Length ',
      'Transfer-Encoding\x0b',
      'Host\x00',
      ':',
    ),
    bytesText(4),
    fc.integer({ min: 1, max: 20_000 }).map((length) => filled('n', length)),
  ),
  10,
);
const value = mostly(
  oneOf(
    'x',
    '',
    'websocket',
    'h2c',
    '*',
    'POST',
    'https://a.example',
    '127.0.0.1',
    'gzip;q=0, *;q=0',
    'W/"x"',
    'bytes=0-1',
    '\xff\xfe obs-text',
    'a\tb',
  ),
  fc.oneof(
    oneOf(
      '\x00',
      'a\rb',
      'a\nb',
      'a\r\n b',
      'a\r\n\tb',
      'a\r\nx: y',
      '\x7f',
      '\x1b[2J',
      '\x0b',
      ',,,,',
      '"',
      '\r',
      ' \r\n ',
    ),
    bytesText(6),
    fc.integer({ min: 1, max: 20_000 }).map((length) => filled('v ', length)),
  ),
  8,
);
const extra = fc
  .tuple(
    name,
    oneOf(':', ': ', ':\t ', ' :', ''),
    value,
    mostly(oneOf('\r\n'), oneOf('\n', '\r', '\r\r\n', '', ' \r\n'), 100),
  )
  .map((parts) => parts.join(''));
/** Usually no such line, or any number of them. */
export const extras = mostly(
  NONE,
  fc.oneof(
    { weight: 10, arbitrary: fc.array(extra, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }).map((count) => Array<string>(count).fill('a:b\r\n')) },
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 1, max: 1500 })
        .map((count) => Array.from({ length: count }, (_, index) => `a${index}: b\r\n`)),
    },
  ),
  8,
);
