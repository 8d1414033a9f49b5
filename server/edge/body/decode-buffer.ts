// Where one body after the other is decoded to, to be parsed in the same tick.

let buffer = Buffer.alloc(0);

/**
 * A buffer of at least this size, in which anything may stand: the same one each time. A buffer for each body would be
 * too large to fit into the gaps that earlier ones leave in the heap of the C library, which grew by 60 MB.
 */
export function decodeBuffer(bytes: number): Buffer {
  if (buffer.length < bytes) buffer = Buffer.allocUnsafeSlow(bytes);
  return buffer;
}
