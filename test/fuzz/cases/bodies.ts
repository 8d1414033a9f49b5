// Generates bodies: valid and almost valid ones, JSON that is hard to parse, and text that is no JSON. Each character
// of a text is one byte.
import * as fc from 'fast-check';
import { limits } from '../../../generated/limits.ts';
import { bytesText, filled, mostly, oneOf } from './weighted.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const KNOWN = [OWNER, 'e309e948-088e-4d77-b654-cd85498f1555', 'e06f36e2-0a44-404d-bdbc-b66a292609b0'] as const;
const BODY_LIMIT = limits.requestBodyBytes;

const id = mostly(
  fc.constantFrom(...KNOWN),
  fc.oneof(oneOf(OWNER.toUpperCase()), oneOf('11111111-1111-4111-8111-111111111111'), fc.uuid()),
  12,
);
const notId = oneOf(
  '',
  'x',
  null,
  5,
  1e308,
  true,
  [],
  {},
  [OWNER],
  { id: OWNER },
  `${OWNER} `,
  `${OWNER}\n`,
  `urn:uuid:${OWNER}`,
  `{${OWNER}}`,
  OWNER.replaceAll('-', ''),
  '\ud800',
  '\u0000',
  filled('é', 300),
);

const organization = fc.record({ ownerId: id, memberIds: fc.array(id, { maxLength: 5 }) });
const valid = fc
  .tuple(organization, oneOf(0, 2, '\t', '\r\n'), oneOf('', '\ufeff', ' ', '\r\n\t '), fc.boolean())
  .map(([{ ownerId, memberIds }, indent, before, swapped]) =>
    utf8(before + JSON.stringify(swapped ? { memberIds, ownerId } : { ownerId, memberIds }, null, indent)),
  );

const almost = fc
  .record(
    {
      ownerId: mostly<unknown>(id, notId, 2),
      memberIds: mostly<unknown>(fc.array(mostly<unknown>(id, notId, 3), { maxLength: 4 }), notId, 3),
      members: fc.anything({ maxDepth: 2 }),
      ['__proto__']: oneOf(1, {}, { ownerId: OWNER }),
      constructor: fc.anything({ maxDepth: 1 }),
      'a/b~c': oneOf(1),
      '': oneOf(1),
    },
    { requiredKeys: [] },
  )
  .map((value) => utf8(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? Number(each) : each))));

/** Objects of the same shape whose second name has an escape. JSON.parse takes one for another: see `parseJson`. */
const escapedNames = fc
  .tuple(oneOf('a', 'b'), oneOf('\\\\', '\\n', '\\"', '\\u0061', '\\\\n', '\\n\\n', '\\u0062c', '\\\\u', '\\ud800'))
  .map(([first, second]) => `{"${first}":1,"${second}":1,"x":1}`);

const TEXT = JSON.stringify({ ownerId: OWNER, memberIds: [] });
const torture = fc.oneof(
  oneOf(
    '{',
    '}',
    '{]',
    '[',
    '"',
    '"\\',
    '"\\u',
    '"\\ud800"',
    '"\\ud800\\ud800"',
    '\\',
    '-',
    '-0',
    '01',
    '1e',
    '1e400',
    '-1e-400',
    '0x1',
    '1.',
    '.1',
    'NaN',
    'Infinity',
    'nul',
    'null',
    'true',
    'undefined',
    '[,]',
    '[1,]',
    '{,}',
    '{"a"}',
    '{"a":}',
    '//',
    '/**/',
    ' ',
    '\t',
    '\n',
    '\x00',
    '\x0b',
    '\xa0',
  ),
  oneOf(
    '{"ownerId":"\\ud800"}',
    '{"\\u0000":1}',
    `{"ownerId":"x",${TEXT.slice(1)}`,
    `${TEXT.slice(0, -1)},"ownerId":"${KNOWN[1]}"}`,
    `{"__proto__":{"ownerId":"${OWNER}","memberIds":[]}}`,
    `${TEXT.slice(0, -1)},"__proto__":null}`,
    TEXT.replace('ownerId', '\\u006fwnerId'),
    TEXT.replace('ownerId', 'owner\\u0049d'),
    TEXT.replace('[]', '[1e999]'),
    TEXT.replace('[]', `[${filled('9', 400)}]`),
  ),
  oneOf(
    `${TEXT}x`,
    `${TEXT}${TEXT}`,
    `${TEXT}\x00`,
    TEXT.slice(0, -1),
    `\xef\xbb\xbf`,
    `\xef\xbb\xbf${TEXT}`,
    `\xef\xbb\xbf\xef\xbb\xbf${TEXT}`,
    `\xff\xfe${[...TEXT].join('\x00')}\x00`,
    `{"\xff":1}`,
    `{"ownerId":"\xed\xa0\x80"}`,
    `{"a":"\xc0\x80"}`,
    `{"a":"\xf4\x90\x80\x80"}`,
    `{"a":"\xe2\x82"}`,
    `\xe2\x82`,
  ),
  fc.json({ maxDepth: 6 }).map(utf8),
  fc
    .tuple(oneOf('[', '{"a":', '[[],', '[{"a":[', '"', '\\', '{"ownerId":'), fc.integer({ min: 1, max: 3000 }))
    .map(([unit, count]) => unit.repeat(count)),
  fc.integer({ min: 1, max: 3000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.tuple(bytesText(6), fc.nat(TEXT.length)).map(([text, at]) => TEXT.slice(0, at) + text + TEXT.slice(at)),
  bytesText(30),
);

/** Bodies near the limits of the contract and of the size, which need much work and memory. */
const large = fc.oneof(
  fc.integer({ min: -2, max: 2 }).map((more) => TEXT.padEnd(BODY_LIMIT + more)),
  oneOf(10_000, 10_001, 9999).map((count) => TEXT.replace('[]', `[${filled(`"${KNOWN[1]}",`, count * 39 - 1)}]`)),
  oneOf(100, 10_001, 300_000).map((count) => TEXT.replace('[]', `[${filled('{},', count * 3 - 1)}]`)),
  oneOf(100, 30_000, 500_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  oneOf(100, 30_000, 100_000).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  oneOf(100, 8000, 500_000).map((count) => `{"${filled('/~', 2 * count)}":1}`),
  oneOf(100, 3000, 80_000).map(
    (count) => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`,
  ),
  oneOf(100, 3000, 60_000).map((count) =>
    TEXT.replace('[]', `[${Array.from({ length: count }, (_, index) => `"${index}"`).join(',')}]`),
  ),
  oneOf(8000, 500_000, 1_000_000).map((count) => `{"ownerId":${filled('9', count)}}`),
  oneOf(8000, 170_000).map((count) => `{"ownerId":"${'\\ud800'.repeat(count)}"}`),
  oneOf(8000, 500_000).map((count) => `{"ownerId":"${'\xc3\xa9'.repeat(count)}","memberIds":"x"}`),
  oneOf(8000, 1_000_000).map((count) => `${'\n'.repeat(count)}{`),
  oneOf(8000, 1_048_576, 1_200_000).map((count) => '\x00'.repeat(count)),
);

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A body before its content coding. */
export const body: fc.Arbitrary<string> = fc.oneof(
  { withCrossShrink: true },
  { weight: 45, arbitrary: valid },
  { weight: 8, arbitrary: almost },
  { weight: 8, arbitrary: torture },
  { weight: 4, arbitrary: escapedNames },
  { weight: 3, arbitrary: oneOf('') },
  { weight: 1, arbitrary: large },
);
