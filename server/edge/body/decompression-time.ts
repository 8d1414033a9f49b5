// What a decompressor takes of the processor. It runs outside the main thread, for one body at a time.

/**
 * Milliseconds that it may take for any body, and for each MiB that it takes or returns, whichever is more. Bodies of
 * usual encoders need up to 7 for a MiB, and up to 26 when the encoder is flushed after every 40 bytes. The rest is for
 * other threads of this process, such as those that collect garbage.
 */
const LIMIT_MS = 120;
const LIMIT_MS_PER_MIB = 40;

const MIB = 1_048_576;

/** Bytes that are decompressed at a time: few at first, for they may take long, and more as long as they are quick. */
const FIRST_SLICE = 1024;
const LARGEST_SLICE = 131_072;
const QUICK_MS = 4;

/**
 * Adds up the time of a decompressor. Its length says little: 1 MiB of Brotli in small blocks, each with 256 context
 * maps, takes 1,900 ms, and decompresses to less than that (RFC 7932, section 7.3).
 */
export class DecompressionTime {
  /** Bytes that it should take next. */
  slice = FIRST_SLICE;
  #spentMs = 0;
  #wallMs = performance.now();
  #otherThreadsMs = otherThreadsMs();

  /**
   * Call it when the decompressor has taken a slice. Returns whether it took longer than it may for this number of
   * bytes. Other processes do not count, nor does the main thread; other threads of this process count no more than the
   * time that has passed.
   */
  isOver(bytes: number): boolean {
    const [wallMs, threadsMs] = [performance.now(), otherThreadsMs()];
    const tookMs = Math.min(wallMs - this.#wallMs, threadsMs - this.#otherThreadsMs);
    this.#wallMs = wallMs;
    this.#otherThreadsMs = threadsMs;
    this.#spentMs += tookMs;
    if (tookMs < QUICK_MS) this.slice = Math.min(2 * this.slice, LARGEST_SLICE);
    return this.#spentMs > LIMIT_MS + (LIMIT_MS_PER_MIB * bytes) / MIB;
  }
}

/** Processor time of all threads but this one. 0 where this one's is not known, as in Node 22. */
function otherThreadsMs(): number {
  const all = process.cpuUsage();
  const own = process.threadCpuUsage?.() ?? all;
  return (all.user + all.system - own.user - own.system) / 1000;
}
