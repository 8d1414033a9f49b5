// The buffer into which bodies are decoded, one at a time, to be parsed in the same tick.

let buffer = Buffer.alloc(0);

/**
 * Returns the shared buffer, uninitialized and at least this large. With a buffer for each body, too large for the gaps
 * that earlier ones left, the heap of the C library grew by 60 MB.
 */
export function decodeBuffer(bytes: number): Buffer {
  if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes);
  return buffer;
}
