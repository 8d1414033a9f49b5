// Joins and decompresses a body as it was sent.
import { limits } from '../../../generated/limits.ts';
import { decodeBuffer } from './decode-buffer.ts';
import { decompress } from './decompress.ts';
import { allocateLarge, freeMemory } from './large-buffer.ts';
import type { Coding } from './sync-decompressor.ts';

/**
 * The maximum size in bytes, before and after decompression: `x-limits` of the contract. The largest valid body needs
 * about 400,000.
 */
export const BODY_LIMIT = limits.requestBodyBytes;

/** A body as it was sent, in blocks of which the last may not be full. */
export interface SentBlocks {
  blocks: readonly Buffer[];
  /** The number of bytes in them. */
  length: number;
  coding: Coding | undefined;
}

/**
 * Returns the decoded body, which is valid until the next call, and frees the blocks. Throws `PayloadTooLarge`,
 * `MalformedJson` or `Unavailable`.
 */
export function decodeBlocks({ blocks, length, coding }: SentBlocks): Buffer {
  // Copied, because V8 reads single bytes of mapped memory up to three times as slowly: see `allocateLarge`.
  const sent = copyBlocks(blocks, length, coding ? allocateLarge(length) : decodeBuffer(length));
  for (const block of blocks) freeMemory(block);
  if (!coding) return sent;
  try {
    return decompress(sent, coding, BODY_LIMIT);
  } finally {
    freeMemory(sent);
  }
}

/** Copies blocks into a buffer of at least this length, and returns the part that was written. */
export function copyBlocks(blocks: readonly Buffer[], length: number, target: Buffer): Buffer {
  let at = 0;
  for (const block of blocks) {
    target.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return target.subarray(0, length);
}
