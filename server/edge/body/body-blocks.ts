// Collects an arriving body in a few blocks of memory, however small its chunks are.
import { type RequestMemory, withGarbage } from '../memory/request-memory.ts';
import { copyBlocks } from './decode-blocks.ts';
import { allocateLarge, freeMemory } from './large-buffer.ts';

/**
 * The size of all blocks but the last, so that a freed block can serve the next body. Growing buffers would leave gaps
 * that are too small for any other.
 */
const BLOCK_BYTES = 65_536;
/** The size of the first block when the length of the body is not known. */
const LEAST_BYTES = 4096;

/** Joins chunks, and counts the memory for them. */
export class BodyBlocks {
  readonly #memory: RequestMemory;
  readonly #expected: number;
  #blocks: Buffer[] = [];
  #length = 0;
  /** The number of free bytes in the last block. */
  #freeBytes = 0;
  #counted = 0;

  /** @param expected the maximum number of bytes that will arrive */
  constructor(memory: RequestMemory, expected: number) {
    this.#memory = memory;
    this.#expected = expected;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds a chunk. Rejects the body if the budget has no room for it. */
  append(chunk: Buffer): void {
    // Most bodies arrive in one chunk.
    if (this.#length === 0 && chunk.length === this.#expected) {
      if (!this.#count(chunk.length)) return;
      this.#blocks = [chunk];
      this.#length = chunk.length;
      return;
    }
    for (let at = 0; at < chunk.length; ) {
      if (this.#freeBytes === 0 && !this.#addBlock(chunk.length - at)) return;
      const block = this.#blocks[this.#blocks.length - 1];
      if (!block) return;
      const part = chunk.subarray(at, at + this.#freeBytes);
      block.set(part, block.length - this.#freeBytes);
      this.#freeBytes -= part.length;
      this.#length += part.length;
      at += part.length;
    }
    freeMemory(chunk);
  }

  /** Returns the body in one buffer. */
  join(): Buffer {
    const [first] = this.#blocks;
    if (first?.length === this.#length) return first;
    const whole = copyBlocks(this.#blocks, this.#length, allocateLarge(this.#length));
    this.free();
    this.#blocks = [whole];
    return whole;
  }

  /** Removes and returns the blocks, of which the last may not be full. They count until the request is closed. */
  takeAll(): Buffer[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#freeBytes = 0;
    return blocks;
  }

  /** Releases the memory, which counts until the request is closed. */
  free(): void {
    for (const block of this.takeAll()) freeMemory(block);
  }

  /** Discards the body. */
  drop(): void {
    this.free();
    this.#length = 0;
    this.#memory.release(this.#counted);
    this.#counted = 0;
  }

  #addBlock(atLeast: number): boolean {
    const expected = Math.min(this.#expected - this.#length, BLOCK_BYTES);
    const size = this.#length === 0 ? Math.min(expected, Math.max(LEAST_BYTES, atLeast)) : expected;
    if (!this.#count(size)) return false;
    this.#blocks.push(allocateLarge(size));
    this.#freeBytes = size;
    return true;
  }

  #count(bytes: number): boolean {
    const counted = withGarbage(bytes);
    if (!this.#memory.tryAdd(counted)) return false;
    this.#counted += counted;
    return true;
  }
}
