// Buffers whose memory goes back to the system as soon as they are freed.

/** Smaller ones take a few pages of the system's memory at most, and are allocated many times as fast otherwise. */
const LARGE_BYTES = 32_768;
/** Smaller ones share the memory of others. */
const OWN_BYTES = 4096;

/**
 * Allocates a buffer. V8 maps memory for an array buffer that can be resized, and unmaps it with the buffer. That of
 * others comes from the heap of the C library, which after some thousand bodies had 120 MB of gaps between what was in
 * use: `npm run bench -- memory pipelined-refusals`. For what is only copied: reading single bytes of it is slow.
 */
export function allocateLarge(bytes: number): Buffer {
  if (bytes < LARGE_BYTES) return Buffer.allocUnsafeSlow(bytes);
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }));
}

/**
 * Releases the memory of a buffer at once, if it has one of its own. V8 would do so with the next collection of
 * garbage; until then there would be as much of it as is in use.
 */
export function freeMemory({ buffer, length }: Buffer): void {
  if (length >= OWN_BYTES && length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
