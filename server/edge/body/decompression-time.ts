// Limits the time that a body may take to decompress.
import { MIB } from '../memory/memory-budget.ts';
import { measureSlowness, threadMs } from './machine-speed.ts';

/**
 * Milliseconds for any body, for each MiB before and after decompression, and in total. A body of 10,000 members takes
 * 1 to 6 ms, whatever the encoder and its level: `npm run bench -- decompression`. Bytes that decompress to nothing,
 * such as empty blocks, get no time.
 */
const LIMIT_MS = 1.5;
const LIMIT_MS_PER_MIB_SENT = 40;
const LIMIT_MS_PER_MIB_DECOMPRESSED = 4;
const HIGHEST_LIMIT_MS = 9;

/**
 * The costliest known slices take 1 ms. A slice that takes longer was interrupted by a garbage collection or by another
 * process.
 */
const LONGEST_SLICE_MS = 1;

/** The functions of `machine-speed.ts`. */
export interface Machine {
  threadMs(): number;
  measureSlowness(): number;
}

/**
 * Measures the time for one body, which its length does not predict: 1 MiB of Brotli in small blocks, each with 256
 * context maps, takes 1,900 ms, and decompresses to less than 1 MiB (RFC 7932, section 7.3).
 */
export class DecompressionTime {
  readonly #machine: Machine;
  #sliceStartedMs = performance.now();
  #startedThreadMs: number;
  #spentMs = 0;
  /** The slowness of the machine, measured when the body seems to take too long. */
  #slowness: number | undefined;

  constructor(machine: Machine = { threadMs, measureSlowness }) {
    this.#machine = machine;
    this.#startedThreadMs = machine.threadMs();
  }

  /**
   * Must be called after each slice. Returns whether the body took too long, given that the decompressor has consumed
   * `sent` bytes and returned `decompressed` bytes.
   */
  isOver(sent: number, decompressed: number): boolean {
    const nowMs = performance.now();
    this.#spentMs += Math.min(nowMs - this.#sliceStartedMs, LONGEST_SLICE_MS);
    this.#sliceStartedMs = nowMs;
    const limitMs = limitOf(sent, decompressed) * (this.#slowness ?? 1);
    if (this.#spentMs <= limitMs) return false;
    // Only the time of this thread counts; other processes took the rest.
    const spentThreadMs = this.#machine.threadMs() - this.#startedThreadMs;
    if (spentThreadMs <= limitMs) return false;
    if (this.#slowness !== undefined) return true;
    this.#slowness = this.#machine.measureSlowness();
    this.#sliceStartedMs = performance.now();
    this.#startedThreadMs = this.#machine.threadMs() - spentThreadMs;
    return Math.min(this.#spentMs, spentThreadMs) > limitMs * this.#slowness;
  }
}

function limitOf(sent: number, decompressed: number): number {
  const forSent = (LIMIT_MS_PER_MIB_SENT * Math.min(sent, decompressed)) / MIB;
  const forDecompressed = (LIMIT_MS_PER_MIB_DECOMPRESSED * decompressed) / MIB;
  return Math.min(LIMIT_MS + forSent + forDecompressed, HIGHEST_LIMIT_MS);
}
