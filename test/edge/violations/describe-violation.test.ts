// Names that the client chose are truncated and escaped: no pointer is too long, and no message has invisible
// characters.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeViolation, mergeByLocation } from '../../../server/edge/violations/describe-violation.ts';
import { createInvalidRequest } from '../../../server/edge/violations/invalid-request.ts';
import { ViolationList } from '../../../server/edge/violations/violation-list.ts';
import { findInvisible } from '../../../server/text/invisible.ts';

const validate = new Ajv({ allErrors: true, verbose: true, strict: false }).compile({
  type: 'object',
  additionalProperties: false,
  properties: { group: { additionalProperties: { type: 'string' } } },
});

/** The violations of a body. */
function violationsOf(body: object) {
  validate(body);
  return [...mergeByLocation(validate.errors ?? [])].map(([location, error]) =>
    describeViolation(error, 'body', location),
  );
}

describe('a violation', () => {
  it.each([
    ['of 1,000 characters with its slash', 'x'.repeat(999), `/${'x'.repeat(999)}`],
    ['that is longer', 'x'.repeat(1000), ''],
    ['that is longer when it is escaped', '~'.repeat(500), ''],
    ['of 1 MiB', '/~'.repeat(524_288), ''],
    ['with a control character, which JSON escapes', 'a\u0007b', '/a\u0007b'],
    ['of 200 control characters, which JSON escapes to 1,200', '\u0007'.repeat(200), ''],
    ['with a control character that JSON does not escape', 'a\u0085b', '/a\u0085b'],
    ['with a right-to-left override', 'a\u202eb', '/a\u202eb'],
    ['with a zero-width space', 'a\u200bb', '/a\u200bb'],
    ['with a byte order mark', '\ufeffmemberIds', '/\ufeffmemberIds'],
    ['with a line separator', 'a\u2028b', '/a\u2028b'],
    ['with half a surrogate pair', 'a\ud83d', '/a\ud83d'],
    ['in another script', 'قيمة 值 ценность 😀', '/قيمة 值 ценность 😀'],
    ['that is empty', '', '/'],
    ['with slash and tilde', 'a/b~c', '/a~1b~0c'],
  ])('is reported at a property %s, or at the value that contains it', (_, name, pointer) => {
    expect(violationsOf({ [name]: 1 })).toMatchObject([{ in: 'body', pointer }]);
  });

  it('is reported at the nearest location that can be shown', () => {
    const [short, long] = violationsOf({ group: { short: 1, ['~'.repeat(600)]: 1 } });

    expect([short, long].map((each) => each?.pointer)).toEqual(['/group/short', '/group']);
  });

  it('is listed once for each place, and counted each time', () => {
    const list = new ViolationList(100);
    validate({
      ['x'.repeat(2000)]: 1,
      ['y'.repeat(2000)]: 1,
      group: { a: 1, ['z'.repeat(2000)]: 1, ['w'.repeat(2000)]: 1 },
    });
    for (const [location, error] of mergeByLocation(validate.errors ?? [])) list.add(error, 'body', location);

    expect(list.violations.map(({ pointer }) => pointer)).toEqual(['', '/group/a', '/group']);
    expect(list.total).toBe(5);
    expect(createInvalidRequest(list.violations.slice(0, 1), 2).message).toBe(
      'The request has 2 violations. The first one is in details.',
    );
  });

  it.each([
    ['controls', 'a\u0000\u001b[2J\u007f\u0085', '"a\\u0000\\u001b[2J\\u007f\\u0085"'],
    ['bidirectional controls', 'a\u202eb\u2066c\u200f', '"a\\u202eb\\u2066c\\u200f"'],
    ['characters without width', 'a\u200b\ufeff\u00adb', '"a\\u200b\\ufeff\\u00adb"'],
    ['separators of lines', 'a\u2028\u2029b', '"a\\u2028\\u2029b"'],
    ['tags, which are two units', 'a\u{e0041}', '"a\\udb40\\udc41"'],
    ['quotes and backslashes', 'a"\\', '"a\\"\\\\"'],
    ['a name of 101 characters', 'x'.repeat(101), `"${'x'.repeat(100)}…"`],
  ])('is reported with a name in which %s are visible', (_, name, shown) => {
    expect(violationsOf({ [name]: 1 })).toMatchObject([{ message: `Unknown property ${shown}. Known here: group.` }]);
  });

  it('is within the limits of the contract, whatever the name is', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1200 }),
      fc.nat(1200).chain((length) => fc.constantFrom('~', '/', 'x', '\u202e', '😀').map((text) => text.repeat(length))),
    );
    fc.assert(
      fc.property(name, (text) => {
        for (const { pointer, message } of violationsOf({ [text]: 1, group: { [text]: 1 } })) {
          expect(pointer).toMatch(/^(\/([^/~]|~[01])*)*$/);
          expect(JSON.stringify(pointer).length).toBeLessThanOrEqual(1002);
          expect(message.length).toBeLessThanOrEqual(2000);
          expect(findInvisible(JSON.stringify({ message }))).toBeUndefined();
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
