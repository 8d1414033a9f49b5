// Decodes a long text to a string in V8's heap.

/** The size in bytes from which on Node keeps a string outside V8's heap: `EXTERN_APEX` in its string_bytes.cc. */
const OUTSIDE_BYTES = 0xfbee9;

/**
 * Decodes valid UTF-8. A text that Node would keep outside V8's heap is decoded in halves: after a few of those, V8
 * collects all garbage, which took 3 ms of each request.
 */
export function decodeText(bytes: Buffer): string {
  if (bytes.length < OUTSIDE_BYTES) return bytes.toString('utf8');
  let half = bytes.length >> 1;
  // A character must not be divided.
  while (isContinuation(bytes[half])) half--;
  return bytes.toString('utf8', 0, half) + bytes.toString('utf8', half);
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;
