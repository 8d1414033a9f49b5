// `npm run bench -- decompression`: the processor time of decompressing bodies of usual encoders, and costly ones.
import { randomUUID } from 'node:crypto';
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { decompress } from '../../server/edge/body/decompress.ts';
import { threadMs } from '../../server/edge/body/machine-speed.ts';
import type { Coding } from '../../server/edge/body/sync-decompressor.ts';
import { slowBrotli, slowDeflate } from '../support/bodies/slow-to-decompress.ts';
import { MIB } from '../support/units.ts';
import { median, printResults } from './support/measure.ts';

const REPETITIONS = 15;

const { BROTLI_PARAM_QUALITY, ZSTD_c_compressionLevel } = constants;
const brotli = (quality: number) => (body: Buffer) =>
  brotliCompressSync(body, { params: { [BROTLI_PARAM_QUALITY]: quality } });
const zstd = (level: number) => (body: Buffer) =>
  zstdCompressSync(body, { params: { [ZSTD_c_compressionLevel]: level } });

const ENCODERS: Record<string, [Coding, (body: Buffer) => Buffer]> = {
  ...Object.fromEntries(
    [0, 1, 6, 9].map((level) => [`gzip, level ${level}`, ['gzip', (body) => gzipSync(body, { level })]]),
  ),
  'gzip with little memory': ['gzip', (body) => gzipSync(body, { memLevel: 1 })],
  deflate: ['deflate', (body) => deflateSync(body)],
  ...Object.fromEntries([1, 4, 6, 9, 11].map((quality) => [`Brotli, quality ${quality}`, ['br', brotli(quality)]])),
  ...Object.fromEntries([1, 3, 19].map((level) => [`zstd, level ${level}`, ['zstd', zstd(level)]])),
};

const AT_ONCE: Record<Coding, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

function organization(members: number, indent?: number): Buffer {
  const body = { ownerId: randomUUID(), memberIds: Array.from({ length: members }, () => randomUUID()) };
  return Buffer.from(JSON.stringify(body, null, indent));
}

const largest = organization(10_000);
const BODIES: Record<string, Buffer> = {
  '700 members': organization(700),
  '10,000 members': largest,
  '10,000 members, indented': organization(10_000, 2),
  '10,000 members and spaces': Buffer.concat([largest, Buffer.alloc(MIB - largest.length, ' ')]),
};

function* bodies(): Generator<[name: string, coding: Coding, bytes: Buffer]> {
  for (const [name, body] of Object.entries(BODIES))
    for (const [encoder, [coding, encode]] of Object.entries(ENCODERS))
      yield [`${name}, ${encoder}`, coding, encode(body)];
  for (const size of [32_768, MIB / 4, MIB / 2, MIB]) {
    yield ['costly deflate', 'deflate', slowDeflate(size, '{}')];
    for (const spaces of [0, 6000]) yield [`costly Brotli, ${spaces} spaces`, 'br', slowBrotli(size, '{}', spaces)];
  }
}

/** The processor times in milliseconds of several runs, and the result. */
function measure(work: () => Buffer): { all: number[]; result: string } {
  const all: number[] = [];
  let result = '';
  for (let count = 0; count < REPETITIONS; count++) {
    const startedMs = threadMs();
    try {
      result = work().length.toLocaleString('en');
    } catch (error) {
      result = error instanceof Error && 'type' in error ? String(error.type) : 'error';
    }
    all.push(threadMs() - startedMs);
  }
  return { all, result };
}

export async function run(): Promise<void> {
  const rows = Array.from(bodies(), ([body, coding, bytes]) => {
    const { all, result } = measure(() => decompress(bytes, coding, MIB));
    const unbounded = measure(() => AT_ONCE[coding](bytes)).all;
    return {
      body,
      sent: bytes.length,
      result,
      ms: Number(median(all).toFixed(2)),
      'most (ms)': Number(Math.max(...all).toFixed(2)),
      'without a bound (ms)': Number(median(unbounded).toFixed(2)),
    };
  });
  console.table(rows);
  printResults({ rows });
}
