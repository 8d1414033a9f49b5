// What a client says of itself, for the log: cut, without secrets, and with nothing invisible in it.
import { HIDDEN, hasSecret, hideSecrets } from './hide-secrets.ts';
import { escapeInvisible } from './invisible.ts';

/** Longer paths are cut. */
const PATH_LENGTH = 200;
/** Longer client IDs are cut, unless they are known. */
const CLIENT_ID_LENGTH = 100;
/** Longer than any address. Whoever is trusted may have copied anything. */
const ADDRESS_LENGTH = 64;

/**
 * The path of any request target, valid or not: no query and no userinfo, which may be secret, and visible ASCII only.
 */
export function describeTarget(target: string): string {
  const [path = ''] = target.replace(/^([a-z]+:\/\/)?[^/?#]*@/i, '$1').split(/[?#]/, 1);
  return describePath(path);
}

/** The same for a path. */
export function describePath(path: string): string {
  // A target has no space, only what stands for a secret has.
  return hideSecrets(path)
    .slice(0, PATH_LENGTH)
    .replace(/[^ -~]/g, percentEncode);
}

function percentEncode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** What a client said that its ID is. Anybody may say anything, and some mix up ID and secret. */
export function describeClientId(clientId: string): string {
  return hasSecret(clientId) ? HIDDEN : escapeInvisible(clientId.slice(0, CLIENT_ID_LENGTH));
}

/** An address as a header has it, which may be any text. */
export function describeAddress(address: string): string {
  return escapeInvisible(hideSecrets(address).slice(0, ADDRESS_LENGTH));
}
