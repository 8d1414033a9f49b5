// Keeps secrets out of the log when a client sends one in the wrong place.
import { UUIDS } from './uuid.ts';

/** The placeholder for a secret in the log. */
export const HIDDEN = '(not logged: may be a secret)';

/** The minimum length of a secret. Those of `keys create` have 43 characters of base64url, and other encodings more. */
const SHORTEST = 40;

/** Matches base64 in both alphabets, and so also hex and base32. */
const RUN = new RegExp(`[\\w+/=-]{${SHORTEST},}`, 'g');

/**
 * Matches base64 that contains `/` and is recognized by its padding. The padding is optional in the expression, because
 * otherwise each character of a long run would start another search.
 */
const PERHAPS_PADDED = new RegExp(`[\\w+/-]{${SHORTEST},}={0,2}`, 'g');

/** The number of characters that are examined: more than the log shows, so that a secret at the end is recognized. */
const EXAMINED = 1024;

/** Matches words of a path. 40 random characters practically always contain a digit or a capital letter. */
const WORDS = /^[a-z_/-]*$/;

/**
 * Matches a possible secret in a client ID: longer than an ID of `keys create`, and as short as the keys of other
 * services. A client that mixes up ID and secret, or services, must not expose the secret in the log.
 */
const KEY = /[\w+=-]{20}/;

/** The maximum number of percent-encodings. Text that is encoded more often is hidden. */
const MAX_DECODES = 5;

/** Returns whether a client ID, plain or percent-encoded, may be or contain a secret. */
export function hasSecret(clientId: string): boolean {
  const decoded = decode(clientId);
  return decoded === undefined || KEY.test(decoded) || hideSecrets(clientId) !== clientId;
}

/**
 * Hides possible secrets and `Authorization` values in a path: 40 or more characters of base64 in a row, plain or
 * percent-encoded, unless they are UUIDs or words. Truncates the path to 1,024 characters; must be called before it is
 * truncated further.
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
  // A secret that was found in the decoded text cannot be located in the segment, so all of it is hidden.
  return decoded === undefined || decoded.replace(RUN, hideRun) !== decoded ? HIDDEN : segment;
}

function hideRun(run: string): string {
  return run.replace(UUIDS, '').length < SHORTEST || WORDS.test(run) ? run : HIDDEN;
}

/** Decodes repeatedly; undefined if that is too often. Unlike `decodeURIComponent`, it keeps malformed encodings. */
function decode(text: string): string | undefined {
  let decoded = text;
  for (let count = 0; count <= MAX_DECODES; count++) {
    const before = decoded;
    decoded = before.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (decoded === before) return decoded;
  }
  return undefined;
}
