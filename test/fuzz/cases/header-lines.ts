// Generates header lines: those of a valid request, each of them broken in turn, and others.
import * as fc from 'fast-check';
import { extras, NONE } from './other-header-lines.ts';
import { FRESH } from './script.ts';
import { filled, mostly, oneOf } from './weighted.ts';

export const AUTHORIZATION = 'Basic a2V5OnNlY3JldA==';

const one = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  value.map((each) => [`${name}: ${each}\r\n`]);

/** A field that is usually valid, and sometimes unusual, missing or repeated. */
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

/** The header lines, except those about the body, without the empty line. */
export const headerLines: fc.Arbitrary<string[]> = fc
  .tuple(host, authorization, contentType, version, key, connection, expectation, preference, extras, fc.nat(9))
  .map(([...groups]) => {
    const rotation = Number(groups.pop());
    const lines = (groups as string[][]).flat(); // `pop` has removed the number.
    // The order must not matter.
    return rotation < 8 ? lines : lines.reverse();
  });
