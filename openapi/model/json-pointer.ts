// The segments of a JSON Pointer (RFC 6901, section 3).

/** Escapes a key as a segment of a pointer. */
export function escapeSegment(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The key that a segment of a pointer names. */
export function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The key that a segment of a pointer in a URI fragment names, as in `$ref`. Throws `URIError`. */
export function decodeSegment(segment: string): string {
  return unescapeSegment(decodeURIComponent(segment));
}
