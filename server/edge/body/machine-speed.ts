// How fast this machine is at the moment, for limits on processor time.
import { deflateSync, inflateSync } from 'node:zlib';

/** What the sample takes on the machine where the limits were measured. */
const SAMPLE_MS = 0.25;
/** The sample has so many numbers of eight digits. */
const SAMPLE_NUMBERS = 4096;

let sample: Buffer | undefined;

/**
 * How many times as slow as the machine where the limits were measured; 1 for one that is as fast or faster. For this,
 * a sample is decompressed twice.
 */
export function measureSlowness(): number {
  sample ??= createSample();
  // The first time, it may have to be loaded into the caches.
  return Math.max(1, Math.min(measure(sample), measure(sample)) / SAMPLE_MS);
}

function measure(compressed: Buffer): number {
  const startedMs = threadMs();
  inflateSync(compressed);
  return threadMs() - startedMs;
}

/** Milliseconds of processor time that this thread has taken; of the whole process in Node 22, which cannot tell. */
export function threadMs(): number {
  // Linux brings the time of this thread up to date when that of the process is read, or else every few milliseconds.
  const all = process.cpuUsage();
  const { user, system } = process.threadCpuUsage?.() ?? all;
  return (user + system) / 1000;
}

/** Hexadecimal digits, as in the IDs of a body. */
function createSample(): Buffer {
  const numbers = Array.from({ length: SAMPLE_NUMBERS }, (_, index) => scramble(index + 1));
  return deflateSync(numbers.map((each) => each.toString(16).padStart(8, '0')).join(''));
}

/** 32 bits without a pattern, the same ones each time: what MurmurHash3 ends with. */
function scramble(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
