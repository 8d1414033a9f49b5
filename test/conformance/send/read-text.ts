// Decodes the text of a response body, and marks bodies that are not UTF-8.

// JSON must not begin with a byte order mark (RFC 8259, section 8.1). It is kept, so that the text is invalid JSON.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes UTF-8, the encoding of JSON between systems (RFC 8259, section 8.1). */
export function readText(bytes: Buffer): { text: string; isUtf8?: false } {
  try {
    return { text: decoder.decode(bytes) };
  } catch {
    return { text: bytes.toString(), isUtf8: false };
  }
}
