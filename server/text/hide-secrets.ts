// Keeps secrets out of the log when a client sends one in the wrong place.

/** What stands for it in the log. */
export const HIDDEN = '(not logged: may be a secret)';

/** A little less than a secret of `keys create`, 43 characters of base64url. Every encoding of one is longer. */
const SHORTEST = 40;

/** Characters of base64 in both alphabets, and so of hex and base32. */
const RUN = new RegExp(`[\\w+/=-]{${SHORTEST},}`, 'g');

/**
 * Base64 with `/` in it, known by its padding. The padding is optional here, or each character of a long run would be
 * the beginning of another search.
 */
const PERHAPS_PADDED = new RegExp(`[\\w+/-]{${SHORTEST},}={0,2}`, 'g');

/** The log shows fewer characters. A secret that begins within those is recognized. */
const EXAMINED = 1024;

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;

/** Words of a path. That 40 random characters have neither a digit nor a capital letter does not happen. */
const WORDS = /^[a-z_/-]*$/;

/**
 * In a client ID: longer than one of `keys create`, and as short as keys of other services. Whoever mixes up ID and
 * secret, or services, must not find the secret in a log.
 */
const KEY = /[\w+=-]{20}/;

/** Whatever is encoded more often is hidden. */
const MAX_DECODES = 5;

/** Whether a client ID, plain or percent-encoded, may be a secret or have one in it. */
export function hasSecret(clientId: string): boolean {
  const decoded = decode(clientId);
  return decoded === undefined || KEY.test(decoded) || hideSecrets(clientId) !== clientId;
}

/**
 * The path without what may be a secret or the value of `Authorization`: 40 or more characters of base64 in a row, also
 * percent-encoded ones, unless they are UUIDs or words. Cuts it at 1,024 characters; call it before it is cut shorter.
 */
export function hideSecrets(text: string): string {
  if (text.length < SHORTEST) return text;
  return text
    .slice(0, EXAMINED)
    .replace(PERHAPS_PADDED, (run) => (run.endsWith('=') ? hideRun(run) : run))
    .split('/')
    .map(hideInSegment)
    .join('/');
}

function hideInSegment(segment: string): string {
  if (segment.length < SHORTEST) return segment;
  const decoded = decode(segment);
  if (decoded === segment) return segment.replace(RUN, hideRun);
  // What was decoded has no place of its own in the segment.
  return decoded === undefined || decoded.replace(RUN, hideRun) !== decoded ? HIDDEN : segment;
}

function hideRun(run: string): string {
  return run.replace(UUID, '').length < SHORTEST || WORDS.test(run) ? run : HIDDEN;
}

/** Undefined: it is encoded too often. Malformed encodings stay, unlike with `decodeURIComponent`. */
function decode(text: string): string | undefined {
  let decoded = text;
  for (let count = 0; count <= MAX_DECODES; count++) {
    const before = decoded;
    decoded = before.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (decoded === before) return decoded;
  }
  return undefined;
}
