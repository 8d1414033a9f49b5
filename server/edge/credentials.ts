// HTTP Basic credentials, read by RFC 7617. The guard's own check is a substring test, so it is off.
/** What a client says to prove who it is. */
export interface Credentials {
  /** The user name of HTTP Basic: without colon and control characters. */
  clientId: string;
  /** Its password: without control characters. */
  secret: string;
}

/** The challenge that a 401 carries: RFC 7617, section 2.1. */
export const CHALLENGE = 'Basic realm="customer-organizations", charset="UTF-8"';

const CONTROL = /\p{Cc}/u;

/**
 * Reads the value of an `Authorization` header. The scheme may be in any case; the credentials must be canonical Base64
 * (RFC 4648) of UTF-8 text without control characters, in which the first colon ends the client ID. Returns undefined
 * for everything else.
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

/** The UTF-8 text of canonical Base64: what encodes back to the same. No Buffer, which browsers lack. */
function decodeBase64(encoded: string): string | undefined {
  try {
    const units = atob(encoded);
    if (btoa(units) !== encoded) return undefined;
    return new TextDecoder('utf-8', DECODING).decode(Uint8Array.from(units, (unit) => unit.charCodeAt(0)));
  } catch {
    // A DOMException for what is not Base64, a TypeError for what is not UTF-8.
    return undefined;
  }
}

/** A byte order mark is part of the client ID. */
const DECODING = { fatal: true, ignoreBOM: true };
