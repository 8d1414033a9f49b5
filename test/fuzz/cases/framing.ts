// Frames bodies: with a content coding, then `Content-Length` or chunks, each valid or invalid.
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { bytesText, filled, mostly, oneOf } from './weighted.ts';

/** The header lines that announce a body, and the body as it is sent. */
export interface Framed {
  lines: readonly string[];
  body: string;
}

type Coding = (bytes: Buffer) => Buffer;
const plain: Coding = (bytes) => bytes;
const brotli: Coding = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
const twice: Coding = (bytes) => gzipSync(gzipSync(bytes));

/** A few kilobytes that decompress to 30 MiB. A gzip file may have several members (RFC 1952, section 2.2). */
const BOMBS = {
  gzip: Buffer.concat(Array<Buffer>(30).fill(gzipSync(Buffer.alloc(1_048_576, ' ')))),
  br: brotli(Buffer.alloc(31_457_280, ' ')),
  zstd: zstdCompressSync(Buffer.alloc(31_457_280, ' ')),
};

const coding = oneOf<[name: string, apply: Coding]>(
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotli],
  ['zstd', zstdCompressSync],
  ['identity', plain],
  ['', plain],
  ['compress', plain],
  ['unintelligible', plain],
  ['__proto__', plain],
  ['gzip, gzip', twice],
  ['gzip, identity', gzipSync],
  ['identity, identity', plain],
  ['gzip;q=1', gzipSync],
  ['gzip', plain],
  ['br', plain],
  ['zstd', plain],
  ['gzip', twice],
  ['gzip', (bytes) => Buffer.concat([gzipSync(bytes), gzipSync(bytes)])],
  ['gzip', (bytes) => Buffer.concat([gzipSync(bytes), Buffer.from('trailing')])],
  ['gzip', () => BOMBS.gzip],
  ['br', () => BOMBS.br],
  ['zstd', () => BOMBS.zstd],
);
const damage = mostly<(bytes: Buffer) => Buffer>(
  oneOf(plain),
  fc.oneof(
    fc.nat(999).map((at) => (bytes: Buffer) => bytes.subarray(0, Math.floor((bytes.length * at) / 1000))),
    fc.tuple(fc.nat(999), fc.nat(255)).map(([at, byte]) => (bytes: Buffer) => {
      const copy = Buffer.from(bytes);
      copy[Math.floor((copy.length * at) / 1000)] = byte;
      return copy;
    }),
  ),
  4,
);
const encode = mostly<((body: string) => Framed) | undefined>(
  oneOf(undefined),
  fc.tuple(coding, damage).map(([[name, apply], harm]) => (body: string) => ({
    lines: [`Content-Encoding: ${name}\r\n`],
    body: harm(apply(Buffer.from(body, 'latin1'))).toString('latin1'),
  })),
  8,
);

type Frame = (body: string) => Framed;
const withLength: Frame = (body) => ({ lines: [`Content-Length: ${body.length}\r\n`], body });
const lengths =
  (make: (length: number) => readonly string[]): Frame =>
  (body) => ({
    lines: make(body.length).map((value) => `Content-Length: ${value}\r\n`),
    body,
  });

const wrongLength = oneOf<Frame>(
  lengths((length) => [`${length + 1}`]),
  lengths((length) => [`${Math.max(0, length - 1)}`]),
  lengths(() => []),
  lengths(() => ['0']),
  lengths(() => ['']),
  lengths((length) => [`+${length}`]),
  lengths((length) => [`-${length}`]),
  lengths((length) => [`0x${length.toString(16)}`]),
  lengths((length) => [`000${length}`]),
  lengths((length) => [`${length}.0`]),
  lengths((length) => [`${length}, ${length}`]),
  lengths((length) => [`${length},`]),
  lengths((length) => [`${length} ${length}`]),
  lengths((length) => [`${length}`, `${length}`]),
  lengths((length) => [`${length}`, `${length + 1}`]),
  lengths(() => ['1e3']),
  lengths(() => ['x']),
  lengths(() => ['1048577']),
  lengths(() => ['9007199254740993']),
  lengths(() => ['18446744073709551615']),
  lengths(() => ['18446744073709551616']),
  lengths(() => ['99999999999999999999999']),
);

const CHUNKED = ['Transfer-Encoding: chunked\r\n'];
const sizes = mostly<(size: number) => string>(
  oneOf<(size: number) => string>(
    (size) => size.toString(16),
    (size) => size.toString(16).toUpperCase(),
    (size) => `0000${size.toString(16)}`,
  ),
  oneOf<(size: number) => string>(
    (size) => `${size.toString(16)};name=value`,
    (size) => `${size.toString(16)};name="quo;ted\\""`,
    (size) => `${size.toString(16)};a;b;c`,
    (size) => `${size.toString(16)} ; a = b`,
    (size) => `${size.toString(16)};`,
    (size) => `${size.toString(16)};\x00`,
    (size) => `${size.toString(16)};a="\n"`,
    (size) => `${size.toString(16)};${filled('e', 20_000)}`,
    (size) => `${size.toString(16)} `,
    (size) => ` ${size.toString(16)}`,
    (size) => `0x${size.toString(16)}`,
    (size) => `-${size.toString(16)}`,
    (size) => `+${size.toString(16)}`,
    (size) => `${(size + 1).toString(16)}`,
    () => '',
    () => 'g',
    () => 'ffffffff',
    () => 'ffffffffffffffff',
    () => '10000000000000000',
    () => 'fffffffffffffffffffffffff',
  ),
  8,
);
const chunkEnd = mostly(oneOf('\r\n'), oneOf('\n', '\r', '', 'x\r\n', '\r\n\r\n'), 60);
const trailers = mostly(
  oneOf('\r\n'),
  fc.oneof(
    oneOf(
      'X: y\r\n\r\n',
      'Content-Length: 5\r\n\r\n',
      'Transfer-Encoding: chunked\r\n\r\n',
      'Host: x\r\n\r\n',
      'bad line\r\n\r\n',
      ': x\r\n\r\n',
      ' x: y\r\n\r\n',
      'X: y\n\n',
      '\n',
      '',
      'X: \x00\r\n\r\n',
    ),
    fc.integer({ min: 1, max: 20_000 }).map((length) => `X: ${filled('t', length)}\r\n\r\n`),
    fc.integer({ min: 1, max: 3000 }).map((count) => `${'a:b\r\n'.repeat(count)}\r\n`),
  ),
  8,
);
/** The most chunks of a body. Chunks of one byte need the most work for each byte. */
const MOST_CHUNKS = 20_000;
const inChunks = fc
  .tuple(
    fc.integer({ min: 1, max: 5000 }),
    sizes,
    chunkEnd,
    trailers,
    mostly(oneOf('0\r\n'), oneOf('', '0', '00\r\n', '0;x\r\n', '-0\r\n'), 40),
  )
  .map(
    ([size, write, end, trailer, last]): Frame =>
      (body) => {
        const step = Math.max(size, Math.ceil(body.length / MOST_CHUNKS));
        const chunks: string[] = [];
        // Only the first chunk is unusual, so that ordinary ones follow it.
        for (let at = 0; at < body.length; at += step) {
          const chunk = body.slice(at, at + step);
          chunks.push(
            `${at === 0 ? write(chunk.length) : chunk.length.toString(16)}\r\n${chunk}${at === 0 ? end : '\r\n'}`,
          );
        }
        return { lines: CHUNKED, body: `${chunks.join('')}${last}${trailer}` };
      },
  );

const chunkOnce = (body: string) => `${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`;
const conflicting = fc
  .tuple(
    oneOf(
      ['Chunked'],
      ['chunked, chunked'],
      ['gzip, chunked'],
      ['chunked, gzip'],
      ['foo, chunked'],
      ['identity'],
      ['xchunked'],
      ['chunkedx'],
      [''],
      ['chunked', 'chunked'],
      ['identity', 'chunked'],
      ['chunked', 'identity'],
      ['chunked;x=1'],
      ['"chunked"'],
      ['\x0bchunked'],
      ['chunked\x00'],
      [' chunked'],
      ['chunked,'],
      [',chunked'],
    ),
    oneOf(undefined, 'body', 'wire', '0', '5, 5'),
    fc.boolean(),
  )
  .map(
    ([codings, length, first]): Frame =>
      (body) => {
        const wire = chunkOnce(body);
        const value = length === 'body' ? body.length : length === 'wire' ? wire.length : length;
        const lines = [
          ...codings.map((each) => `Transfer-Encoding: ${each}\r\n`),
          ...(value === undefined ? [] : [`Content-Length: ${value}\r\n`]),
        ];
        return { lines: first ? lines : lines.reverse(), body: wire };
      },
  );

const frame = fc.oneof(
  { withCrossShrink: true },
  { weight: 30, arbitrary: oneOf(withLength) },
  { weight: 8, arbitrary: inChunks },
  { weight: 1, arbitrary: wrongLength },
  { weight: 1, arbitrary: conflicting },
  {
    weight: 1,
    arbitrary: bytesText(20).map(
      (garbage): Frame =>
        (body) => ({ lines: CHUNKED, body: `${garbage}${body}` }),
    ),
  },
);

/** The framing of any body. */
export const framing: fc.Arbitrary<Frame> = fc.tuple(encode, frame).map(([applyCoding, applyFrame]) => (body) => {
  const encoded = applyCoding?.(body) ?? { lines: [], body };
  const framed = applyFrame(encoded.body);
  return { lines: [...encoded.lines, ...framed.lines], body: framed.body };
});
