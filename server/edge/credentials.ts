// Parses HTTP Basic credentials by RFC 7617. The check of express-openapi-validator is a substring test, so it is off.
/** The credentials that a client sends. */
export interface Credentials {
  /** The user name of HTTP Basic authentication, without colon and control characters. */
  clientId: string;
  /** The password of HTTP Basic authentication, without control characters. */
  secret: string;
}

/** The challenge of a 401 response: RFC 7617, section 2.1. */
export const CHALLENGE = 'Basic realm="customer-organizations", charset="UTF-8"';

const CONTROL = /\p{Cc}/u;

/**
 * Parses an `Authorization` header. The scheme is case-insensitive; the credentials must be canonical Base64 (RFC 4648)
 * of UTF-8 text without control characters, in which the first colon ends the client ID. Returns undefined for anything
 * else.
 */
export function parseBasic(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = decodeBase64(encoded);
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  if (colon < 0 || CONTROL.test(text)) return undefined;
  return { clientId: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/** Decodes canonical Base64, which encodes back to the same text, as UTF-8. Uses no Buffer, which browsers lack. */
function decodeBase64(encoded: string): string | undefined {
  try {
    const units = atob(encoded);
    if (btoa(units) !== encoded) return undefined;
    return new TextDecoder('utf-8', DECODING).decode(Uint8Array.from(units, (unit) => unit.charCodeAt(0)));
  } catch {
    // Invalid Base64 throws a DOMException, and invalid UTF-8 a TypeError.
    return undefined;
  }
}

/** `ignoreBOM` keeps a byte order mark as part of the client ID. */
const DECODING = { fatal: true, ignoreBOM: true };
