// A hash that is the same on every platform, for names and comparisons. It is not cryptographic.

/** Computes the 32-bit FNV-1a hash of the UTF-16 code units of a text. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // The finalizer of MurmurHash3, which makes every input bit affect every output bit.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
