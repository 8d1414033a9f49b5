// Keeps secrets out of the log when a client sends one in the wrong place.

/** A secret of `keys create`: 256 bits in base64url. No ID of ours is as long. */
const SECRET = /(?<![\w-])[\w-]{43}(?![\w-])/g;

/** What stands for it in the log. */
export const HIDDEN = '(not logged: may be a secret)';

/** The text without what has the form of a secret. */
export function hideSecrets(text: string): string {
  return text.replace(SECRET, HIDDEN);
}
