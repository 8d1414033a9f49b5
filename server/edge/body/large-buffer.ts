// Buffers whose memory returns to the system as soon as they are freed.

/** The threshold in bytes. Smaller buffers take a few pages at most, and normal allocation is many times as fast. */
const LARGE_BYTES = 32_768;
/** The threshold in bytes below which buffers may share pooled memory. */
const OWN_BYTES = 4096;

/**
 * Allocates a buffer for bulk copies; reading single bytes is slow. V8 maps memory for a resizable array buffer, and
 * unmaps it with the buffer. Other buffers come from the heap of the C library, which had 120 MB of gaps after some
 * thousand bodies (`npm run bench -- memory pipelined-rejections`).
 */
export function allocateLarge(bytes: number): Buffer {
  if (bytes < LARGE_BYTES) return Buffer.allocUnsafeSlow(bytes);
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }));
}

/**
 * Releases the memory of a buffer at once, unless it is pooled. V8 would do so only at the next garbage collection, and
 * until then as much memory would be garbage as is in use.
 */
export function freeMemory(bytes: Uint8Array): void {
  ownMemory(bytes)?.transfer(0);
}

/** Returns memory with these bytes, to be moved to another thread: that of the buffer, or a copy if it is pooled. */
export function movableMemory(bytes: Buffer): ArrayBuffer {
  return ownMemory(bytes) ?? new Uint8Array(bytes).buffer;
}

/** Returns the memory of a buffer, unless it is pooled. */
function ownMemory({ buffer, length }: Uint8Array): ArrayBuffer | undefined {
  const isOwn = length >= OWN_BYTES && length === buffer.byteLength && buffer instanceof ArrayBuffer;
  return isOwn ? buffer : undefined;
}
