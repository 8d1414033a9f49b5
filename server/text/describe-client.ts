// Formats client-supplied text for the log: truncated, without secrets and without invisible characters.
import { HIDDEN, hasSecret, hideSecrets } from './hide-secrets.ts';
import { escapeInvisible } from './invisible.ts';

/** The length to which paths are truncated. */
const PATH_LENGTH = 200;
/** The length to which unknown client IDs are truncated. */
const CLIENT_ID_LENGTH = 100;
/** The length to which addresses are truncated. Even a trusted proxy may have copied any text. */
const ADDRESS_LENGTH = 64;

/**
 * Returns the path of any request target, valid or not, as visible ASCII: without query and userinfo, which may be
 * secret.
 */
export function describeTarget(target: string): string {
  const [path = ''] = target.replace(/^([a-z]+:\/\/)?[^/?#]*@/i, '$1').split(/[?#]/, 1);
  return describePath(path);
}

/** Like `describeTarget`, for a path. */
export function describePath(path: string): string {
  // A target contains no spaces, so any space comes from the placeholder of a secret.
  return hideSecrets(path)
    .slice(0, PATH_LENGTH)
    .replace(/[^ -~]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Formats the client ID that a client sent. It may be any text, and some clients mix up ID and secret. */
export function describeClientId(clientId: string): string {
  return hasSecret(clientId) ? HIDDEN : escapeInvisible(clientId.slice(0, CLIENT_ID_LENGTH));
}

/** Formats an address from a header, which may be any text. */
export function describeAddress(address: string): string {
  return escapeInvisible(hideSecrets(address).slice(0, ADDRESS_LENGTH));
}
