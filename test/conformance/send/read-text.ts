// The text of a response body, with a mark when it is none.

// JSON must not begin with a byte order mark (RFC 8259, section 8.1): it is kept, so that the text is no JSON.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 8259, section 8.1: JSON between systems is in UTF-8. */
export function readText(bytes: Buffer): { text: string; isUtf8?: false } {
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { text: bytes.toString(), isUtf8: false };
  }
}
