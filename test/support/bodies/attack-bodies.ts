// Bodies that are expensive to process. Each fills the given size, and is rejected.
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type AttackBody, CLOSE, OPEN, OWNER, uuid } from './body-parts.ts';
import { slowBrotli, slowDeflate } from './slow-to-decompress.ts';

/** Puts as many parts as fit between the two texts, separated by commas. */
function join(open: string, part: (index: number) => string, close: string, size: number): Buffer {
  const parts: string[] = [];
  let room = size + 1 - Buffer.byteLength(open + close);
  for (let index = 0; ; index++) {
    const text = part(index);
    room -= Buffer.byteLength(text) + 1;
    if (room < 0) return Buffer.from(open + parts.join(',') + close);
    parts.push(text);
  }
}

/** Repeats the text as often as it fits. */
function fill(open: string, text: string, close: string, size: number): Buffer {
  const times = Math.floor((size - Buffer.byteLength(open + close)) / Buffer.byteLength(text));
  return Buffer.from(open + text.repeat(times) + close);
}

type Part = string | ((index: number) => string);
const toPart = (part: Part) => (typeof part === 'string' ? () => part : part);
const invalid = (make: AttackBody['make']): AttackBody => ({ make, type: 'InvalidRequest' });
const malformed = (make: AttackBody['make']): AttackBody => ({ make, type: 'MalformedJson' });
const members = (item: Part) => invalid((size) => join(OPEN, toPart(item), CLOSE, size));
const properties = (property: Part, open = '{') => invalid((size) => join(open, toPart(property), '}', size));
const filled = (open: string, text: string, close: string) => (size: number) => fill(open, text, close, size);
const nested = (open: string, middle: string, close: string) => (size: number) => {
  const depth = Math.floor((size - middle.length) / (open.length + close.length));
  return Buffer.from(open.repeat(depth) + middle + close.repeat(depth));
};
const short = (index: number) => index.toString(36);
/** Compresses the body in blocks that take long to decompress. */
const slow = (name: string, encode: (size: number) => Buffer): AttackBody => ({
  make: () => Buffer.alloc(0),
  encoding: [name, (_, size) => encode(size)],
  type: 'Unavailable',
});
const append = (make: AttackBody['make'], bytes: number[]) => (size: number) =>
  Buffer.concat([make(size - bytes.length), Buffer.from(bytes)]);

/** Generates the same numbers each time, with 32 bits (xorshift). */
function randomBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

const WHITE_SPACE = Buffer.from(' \t\n\r');

/** The bodies, by what they are full of. */
export const ATTACK_BODIES: Record<string, AttackBody> = {
  // Values that JSON.parse is slow to build.
  'nested arrays': invalid(nested('[', '', ']')),
  'nested objects': invalid(nested('{"":', '1', '}')),
  'nested arrays in a member': invalid((size) =>
    Buffer.concat([Buffer.from(OPEN), nested('[', '', ']')(size - OPEN.length - 2), Buffer.from(CLOSE)]),
  ),
  'nested arrays in every member': members(`${'['.repeat(60)}${']'.repeat(60)}`),
  'nested arrays in an unknown property': invalid((size) =>
    Buffer.concat([Buffer.from('{"a":'), nested('[', '', ']')(size - 6), Buffer.from('}')]),
  ),
  'members that are empty objects': members('{}'),
  'members that are empty arrays': members('[]'),
  'members that are objects of different shapes': members((index) => `{"${short(index)}":1}`),
  'members that are objects with ten properties': members(
    (index) => `{${Array.from({ length: 10 }, (_, n) => `"${short(index * 10 + n)}":1`)}}`,
  ),
  'members that are objects with sparse indexes': members('{"9999":1}'),
  'members that are small numbers': members('1'),
  'members that are numbers with an exponent': members('1e9'),
  'members that are numbers halfway between two doubles': members('2.4703282292062327208e-324'),
  'members that are long numbers': members((index) => `0.${'0'.repeat(300)}${index}${'1'.repeat(460)}`),
  'members that are words': members('true'),
  'one number': invalid(filled(`${OPEN}`, '1', CLOSE)),
  // Strings that are slow to validate.
  'members that are empty strings': members('""'),
  'members that are short strings': members((index) => `"${short(index)}"`),
  'members that are almost UUIDs': members((index) => uuid(index).replace(/.{2}$/, 'g"')),
  'members that are 36 characters of 4 bytes': members(`"${'😀'.repeat(36)}"`),
  'members with escapes': members('"\\u0041"'),
  'members that are UUIDs with escapes': members((index) => uuid(index).replace('-', '\\u002d')),
  'valid members, too many': members(uuid),
  'valid members, and an unknown property': invalid((size) => join(`{"a":1,${OPEN.slice(1)}`, uuid, CLOSE, size)),
  'one member': invalid(filled(`${OPEN}"`, 'a', `"${CLOSE}`)),
  'one member of characters of 4 bytes': invalid(filled(`${OPEN}"`, '😀', `"${CLOSE}`)),
  'one member of escapes': invalid(filled(`${OPEN}"`, '\\u1234', `"${CLOSE}`)),
  'an owner of characters of 4 bytes': invalid(filled('{"memberIds":[],"ownerId":"', '😀', '"}')),
  // These have many names of properties.
  'unknown properties': properties((index) => `"${short(index)}":1`),
  'unknown properties beside valid ones': properties(
    (index) => `"${short(index)}":1`,
    `{"ownerId":"${OWNER}","memberIds":[],"":1,`,
  ),
  'unknown properties that are indexes': properties((index) => `"${index}":1`),
  'unknown properties that are sparse indexes': properties((index) => `"${(index * 102_947) % 4_294_967_291}":1`),
  'unknown properties with escapes': properties(
    (index) => `"${short(index).replace(/./, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)}":1`,
  ),
  'unknown properties of slashes and tildes': properties((index) => `"/~/~/~/~${short(index)}":1`),
  // The escaped pointers have over 1,000 characters. The other violations are the missing `/ownerId` and `/memberIds`.
  'unknown properties of 990 control characters': {
    ...properties((index) => `"${'\\u0001'.repeat(990)}${short(index)}":1`),
    listed: 3,
  },
  'unknown properties of 990 characters': properties((index) => `"${short(index).padEnd(990, '—')}":1`),
  'unknown properties of letters with variants': properties(
    (index) => `"${short(index)}${'\u1820\u180b'.repeat(490)}":1`,
  ),
  'one unknown property of slashes and tildes': invalid(filled('{"', '/~', '":1}')),
  'one unknown property of brackets': invalid(filled('{"', '[', '":1}')),
  'an unknown property with a string of brackets': invalid(filled('{"x":"', '[{:,', '"}')),
  'one member of brackets': invalid(filled(`${OPEN}"`, '[', `"${CLOSE}`)),
  'one unknown property of tildes': invalid(filled('{"', '~', '":1}')),
  'one unknown property of right-to-left marks': invalid(filled('{"', '\u200f', '":1}')),
  'one unknown property of line feeds': invalid(filled('{"', '\\n', '":1}')),
  'one unknown property of zero bytes': invalid(filled('{"', '\\u0000', '":1}')),
  'the same unknown property': properties('"a":1'),
  'the same declared property': properties('"memberIds":[]'),
  'the same declared property, with escapes': properties('"\\u006demberIds":[1]'),
  'the same declared property, full of violations': properties(`"memberIds":[${Array(200).fill(1)}]`),
  __proto__: properties('"__proto__":{}'),
  // These are not JSON, which a parser only finds at the end.
  'arrays that are never closed': malformed(filled('', '[', '')),
  'objects that are never closed': malformed(filled('', '{"":', '')),
  'a trailing comma after numbers': malformed(filled('[', '1,', ']')),
  'a trailing comma after objects': malformed(filled('[', '{},', ']')),
  'text after the end': malformed((size) => Buffer.concat([join(OPEN, () => '[]', CLOSE, size - 1), Buffer.from('x')])),
  'a string that is never closed': malformed(filled('"', 'a', '')),
  'escapes that are never closed': malformed(filled('"', '\\u0041', '')),
  backslashes: malformed(filled('"', '\\', '')),
  'line feeds before an error': malformed(filled('', '\n', 'x')),
  'spaces before an error': malformed(filled('', ' ', 'x')),
  'mixed white space before an error': malformed(
    append((size) => Buffer.from(randomBytes(size).map((byte) => WHITE_SPACE[byte % 4] ?? 0)), [0x78]),
  ),
  'words without commas': malformed(filled('', 'x ', '')),
  'zero bytes': malformed(filled('', '\0', '')),
  'a bad byte behind characters of 2 bytes': malformed(append(filled('"', 'é', ''), [0xff])),
  'a bad byte behind characters of 4 bytes': malformed(append(filled('"', '😀', ''), [0xff])),
  'a bad byte behind replacement characters': malformed(append(filled('"', '\ufffd', ''), [0xff])),
  'continuation bytes': malformed((size) => Buffer.alloc(size, 0x80)),
  'random bytes': malformed(randomBytes),
  'random bytes behind a text': malformed((size) =>
    Buffer.concat([Buffer.alloc(size / 2, '"a'), randomBytes(size / 2)]),
  ),
  'the first bytes of characters': malformed((size) => Buffer.alloc(size, Buffer.from([0xf0, 0x9f, 0xef, 0xbf]))),
  // These are compressed.
  'gzip of unknown properties': {
    ...properties((index) => `"${short(index)}":1`),
    encoding: ['gzip', (body) => gzipSync(body)],
  },
  'brotli of unknown properties': {
    ...properties((index) => `"${short(index)}":1`),
    encoding: ['br', (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })],
  },
  'deflate of numbers': { ...members('1'), encoding: ['deflate', (body) => deflateSync(body)] },
  'a gzip bomb': {
    make: (size) => Buffer.alloc(size * 16, ' '),
    encoding: ['gzip', (body) => gzipSync(body)],
    type: 'PayloadTooLarge',
  },
  'a brotli bomb': {
    make: (size) => Buffer.alloc(size * 64, ' '),
    encoding: ['br', (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })],
    type: 'PayloadTooLarge',
  },
  ...Object.fromEntries(
    [0, 1].map((quality) => [
      `a brotli bomb of quality ${quality}`,
      {
        make: (size: number) => Buffer.alloc(size * 64, ' '),
        encoding: [
          'br',
          (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
        ] as const,
        type: 'PayloadTooLarge' as const,
      },
    ]),
  ),
  'a brotli bomb with a window of 16 MiB': {
    make: (size) => Buffer.alloc(size * 64, ' '),
    encoding: [
      'br',
      (body) =>
        brotliCompressSync(body, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 24 },
        }),
    ],
    type: 'PayloadTooLarge',
  },
  'a zstd bomb': {
    make: (size) => Buffer.alloc(size * 64, ' '),
    encoding: ['zstd', (body) => zstdCompressSync(body)],
    type: 'PayloadTooLarge',
  },
  'brotli of empty blocks': {
    make: () => Buffer.from('{}'),
    // A window, metadata blocks of one byte each, and the last block, which is empty: RFC 7932, section 9.2.
    encoding: ['br', (_, size) => Buffer.concat([Buffer.from([0x6b, 0]), Buffer.alloc(size - 3, 6), Buffer.from([3])])],
    type: 'Unavailable',
  },
  'deflate of empty blocks': {
    make: () => Buffer.from('{}'),
    encoding: [
      'deflate',
      (body, size) => {
        const whole = deflateSync(body);
        // Four blocks with fixed codes and nothing in them, in 5 bytes: RFC 1951, section 3.2.6.
        const empty = Buffer.alloc(size - whole.length, Buffer.from([0x02, 0x08, 0x20, 0x80, 0]));
        return Buffer.concat([whole.subarray(0, 2), empty, whole.subarray(2)]);
      },
    ],
    type: 'Unavailable',
  },
  'brotli of costly blocks': slow('br', (size) => slowBrotli(size, '{}')),
  'brotli of spaces and costly blocks': slow('br', (size) => slowBrotli(size, '{}', 6000)),
  'deflate of costly blocks': slow('deflate', (size) => slowDeflate(size, '{}')),
  'gzip of random bytes': {
    ...malformed((size) => randomBytes(size - 1024)),
    encoding: ['gzip', (body) => gzipSync(body)],
  },
  'gzip of valid members, too many': { ...members(uuid), encoding: ['gzip', (body) => gzipSync(body)] },
  'gzip of many empty members': {
    make: () => Buffer.alloc(0),
    encoding: ['gzip', (_, size) => Buffer.concat(Array<Buffer>(Math.floor(size / 20)).fill(gzipSync('')))],
    type: 'Unavailable',
  },
};
