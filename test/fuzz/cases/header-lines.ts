// Header lines: those that a valid request has, each of them broken in turn, and any others.
import * as fc from 'fast-check';
import { FRESH } from './script.ts';
import { bytesText, filled, mostly, oneOf } from './weighted.ts';

const AUTHORIZATION = 'Basic a2V5OnNlY3JldA==';

/** No line at all. */
const NONE: fc.Arbitrary<string[]> = oneOf<string[]>([]);

const one = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  value.map((each) => [`${name}: ${each}\r\n`]);

/** A field that is mostly right, at times odd, missing or there twice. */
function field(name: string, usual: string, odd: readonly string[], rarity: number): fc.Arbitrary<string[]> {
  const oddly = one(name, fc.constantFrom(...odd));
  return mostly(
    one(name, oneOf(usual)),
    fc.oneof(
      oddly,
      NONE,
      fc.tuple(one(name, oneOf(usual)), oddly).map((lines) => lines.flat()),
      oneOf<string[]>([`${name}: ${usual}\r\n`, `${name}: ${usual}\r\n`]),
    ),
    rarity,
  );
}

const host = field(
  'Host',
  'localhost',
  [
    'localhost:80',
    '[::1]',
    '[::1]:80',
    '[v1.x]',
    '',
    'a@b/c',
    'a b',
    '[::1',
    'http://x/',
    'x:y',
    'x:80:80',
    '%41',
    '%zz',
    '\xff',
    'a,b',
    '*',
    'x/',
    'x?',
    'x#',
    '\\',
    '"',
    '<',
    'x\x00',
    'x:',
    ':80',
    '::1',
    '1.2.3.4:99999',
  ],
  40,
);

const authorization = field(
  'Authorization',
  AUTHORIZATION,
  [
    '',
    'Basic',
    'Basic ',
    'Bearer x',
    'Basic key:secret',
    'Basic a2V5OnNlY3JldA',
    'Basic a2V5OnNlY3JldA==x',
    `${AUTHORIZATION}, ${AUTHORIZATION}`,
    'basic   a2V5OnNlY3JldA==',
    'Basic\ta2V5OnNlY3JldA==',
    'Basic /w==',
    'Basic a2V5Ondyb25n',
    'Basic Og==',
    'Basic AGE6Yg==',
    'Basic w6k6w6k=',
    `Basic ${filled('QUFB', 8000)}`,
    '\xff\xfe',
  ],
  25,
);

const contentType = field(
  'Content-Type',
  'application/json',
  [
    'application/json; charset=utf-8',
    'APPLICATION/JSON;charset="UTF-8"',
    'application/json; charset=latin1',
    'application/json;',
    'application/json; x',
    'application/json;=',
    'application/json; charset=utf-8; charset=latin1',
    'application/json, text/plain',
    'application/problem+json',
    'text/json',
    'text/plain',
    'multipart/form-data',
    '',
    '/',
    ';',
    '*/*',
    'application/json\xff',
    'application/json; a="\\"',
    `application/json; a="${filled('\\"', 8000)}`,
    `application/json${filled(';a=b', 9000)}`,
  ],
  25,
);

const version = mostly(
  NONE,
  one('Sequence-Version', oneOf('2024-07-30', '2023-01-01', '', 'x', '2024-07-30, 2024-07-30', '__proto__', '\xff')),
  20,
);

const key = mostly(
  NONE,
  one(
    'Idempotency-Key',
    mostly(
      oneOf(`a${FRESH}`, `b${FRESH}`),
      oneOf('', 'two words', '\xfcmlaut', filled('x', 256), '\t', '__proto__', "'; DROP TABLE organizations; --"),
      6,
    ),
  ),
  3,
);

const connection = mostly(
  NONE,
  one(
    'Connection',
    oneOf(
      'close',
      'keep-alive',
      'Close',
      'close, keep-alive',
      'upgrade',
      'Upgrade, HTTP2-Settings',
      'te',
      ',',
      '',
      'x',
      'Host',
      'Content-Length',
      'close\xff',
    ),
  ),
  10,
);

const expectation = mostly(
  NONE,
  one('Expect', oneOf('100-continue', '100-Continue', 'something-else', '', '100-continue, x', '200-ok')),
  12,
);

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
const extras = mostly(
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
const preference = mostly(
  NONE,
  one(
    'Prefer',
    oneOf(
      'code=201',
      'code=401',
      'code=500',
      'code=999',
      'example=oneMember',
      'example=RateLimited',
      'example=x',
      'dynamic=true',
      'dynamic=x',
      'code=',
      '',
      ';',
      '=',
      'code=400, example=MalformedJson',
      'return=minimal',
      'code="201',
      '__proto__=x',
      '\xff',
    ),
  ),
  20,
);

/** The lines of a head without those about its body, and without the empty line. */
export const headerLines: fc.Arbitrary<string[]> = fc
  .tuple(host, authorization, contentType, version, key, connection, expectation, preference, extras, fc.nat(9))
  .map(([...groups]) => {
    const rotation = Number(groups.pop());
    const lines = (groups as string[][]).flat(); // The last one, a number, is taken.
    // The order must not matter.
    return rotation < 8 ? lines : lines.reverse();
  });
