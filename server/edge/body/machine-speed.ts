// Measures the current speed of this machine, to scale limits on processor time.
import { deflateSync, inflateSync } from 'node:zlib';

/** The time for the sample on the machine where the limits were measured. */
const SAMPLE_MS = 0.25;
/** The sample consists of this many eight-digit numbers. */
const SAMPLE_NUMBERS = 4096;

let sample: Buffer | undefined;

/**
 * Returns how many times slower this machine is than the one where the limits were measured, at least 1. Decompresses a
 * sample to find out, and again if that was slow, because it may have included loading the sample into the caches.
 */
export function measureSlowness(): number {
  sample ??= createSample();
  const firstMs = measure(sample);
  if (firstMs <= SAMPLE_MS) return 1;
  return Math.max(1, Math.min(firstMs, measure(sample)) / SAMPLE_MS);
}

function measure(compressed: Buffer): number {
  const startedMs = threadMs();
  inflateSync(compressed);
  return threadMs() - startedMs;
}

/** Returns the processor time of this thread in milliseconds. Node 22 can report that of the whole process only. */
export function threadMs(): number {
  // On Linux, reading the time of the process updates that of the thread, which is otherwise a few milliseconds old.
  const all = process.cpuUsage();
  const { user, system } = process.threadCpuUsage?.() ?? all;
  return (user + system) / 1000;
}

/** Creates hexadecimal digits, as in the IDs of a body. */
function createSample(): Buffer {
  const numbers = Array.from({ length: SAMPLE_NUMBERS }, (_, index) => scramble(index + 1));
  return deflateSync(numbers.map((each) => each.toString(16).padStart(8, '0')).join(''));
}

/** Returns reproducible pseudorandom bits: the finalizer of MurmurHash3. */
function scramble(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
