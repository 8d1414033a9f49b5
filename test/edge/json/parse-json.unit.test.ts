// What is not JSON in UTF-8 is rejected with its location.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { ApiError } from '../../../server/edge/errors.ts';
import { parseScanned, scanBytes, scanRulesOf } from '../../../server/edge/json/parse.ts';
import { violationLimitOf } from '../../../server/edge/violations/violation-limit.ts';
import { entry } from '../../support/contract/operation.ts';

const rules = scanRulesOf(contract, entry, violationLimitOf(contract, entry));
const parse = (bytes: Buffer) => parseScanned(scanBytes(bytes, rules));

function messageOf(bytes: Buffer): string | undefined {
  try {
    parse(bytes);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ type: 'MalformedJson' });
    return error instanceof ApiError ? error.message : '';
  }
}

/** The longest prefix that is UTF-8, according to a decoder in streaming mode. */
function findBadByte(bytes: Buffer): number | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let end = 1; end <= bytes.length; end++) {
    try {
      decoder.decode(bytes.subarray(end - 1, end), { stream: end < bytes.length });
    } catch {
      let start = end - 1;
      while (!isWhole(bytes.subarray(0, start))) start--;
      return start;
    }
  }
  return undefined;
}

function isWhole(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe('the parser of bodies', () => {
  it('skips long white space, and keeps that of strings', () => {
    const [space, short] = ['\n'.repeat(40), ' '.repeat(3)];
    const id = `"${'\u2003'.repeat(40)}${space.replaceAll('\n', ' ')}"`;
    const text = [
      space,
      '{',
      short,
      '"ownerId"',
      space,
      ':',
      id,
      ',',
      short,
      '"memberIds"',
      ':',
      '[',
      space,
      ']',
      '}',
      space,
    ];

    const scanned = scanBytes(Buffer.from(text.join('')), rules);

    expect(scanned.text.toString()).toEqual(text.filter((each) => each !== space).join(''));
    expect(parseScanned(scanned)).toEqual(JSON.parse(text.join('')));
  });

  it('reports the byte at which a body is not UTF-8', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', 'é', '\u2028', '\ud83d\ude00').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
      // Parts of U+FFFD, the replacement for bytes that are not UTF-8.
      fc.constantFrom([0xef], [0xef, 0xbf], [0xef, 0xbf, 0xbd], [0xbf, 0xbd]).map((bytes) => Buffer.from(bytes)),
    );
    const found = { bad: 0, good: 0 };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        // The preceding text makes all of it invalid JSON.
        const bytes = Buffer.concat([Buffer.from('x'), ...pieces]);
        const bad = findBadByte(bytes);
        found[bad === undefined ? 'good' : 'bad']++;
        const message = messageOf(bytes);
        if (bad === undefined) expect(message).toMatch(/^The body is not valid JSON at /);
        else expect(message).toBe(`The body is not UTF-8 at byte ${bad}.`);
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(found.bad).toBeGreaterThan(30);
    expect(found.good).toBeGreaterThan(30);
  });

  // The check reads 4,096 bytes at a time.
  it.each(['a', 'é', '\uffbd', '\ufffd', '😀'])(
    'reports the byte at which a long body of %s is not UTF-8',
    (character) => {
      const text = `x${character.repeat(3000)}`;
      for (const cut of [4090, 4093, 4094, 4095, 4096, 4097, 4098, 8191, 8192, 8193]) {
        const bytes = Buffer.concat([Buffer.from(text).subarray(0, cut), Buffer.from([0xff]), Buffer.from(text)]);
        if (Buffer.byteLength(text) > cut)
          expect(messageOf(bytes)).toBe(`The body is not UTF-8 at byte ${findBadByte(bytes)}.`);
      }
    },
  );

  it.each([
    ['line feeds', '\n\n  x', 'line 3, column 3 (offset 4): Value expected'],
    ['characters of two units', '["\ud83d\ude00é"\n,]', 'line 2, column 2 (offset 8): Value expected'],
    ...[4092, 4093, 4094, 4095].map((length): [string, string, string] => [
      `${length} bytes before a character of four`,
      `"${'a'.repeat(length)}\u{1f600}"\n\n "é`,
      `line 3, column 2 (offset ${length + 7}): End of file expected`,
    ]),
    ['a byte order mark', '\ufeff{"a" 1}', 'line 1, column 6 (offset 5): Colon expected'],
  ])('counts after %s as an editor does', (_, text, place) => {
    expect(messageOf(Buffer.from(text))).toBe(`The body is not valid JSON at ${place}.`);
  });
});
