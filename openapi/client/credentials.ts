// The credentials of a client: HTTP Basic (RFC 7617), or a header of its own.
import { encodeBasicAuth } from './basic-auth.ts';

/**
 * The user name and password of HTTP Basic, sent in UTF-8.
 *
 * @example
 * const credentials: BasicCredentials = { clientId: 'key', clientSecret: 'secret' };
 */
export interface BasicCredentials {
  /** The user name. No colon and no control characters. */
  clientId: string;
  /** The password. No control characters. */
  clientSecret: string;
}

/**
 * What a client sends as `Authorization`: HTTP Basic, or the result of a function that is called for each request. It
 * may also return the whole header, or undefined for none.
 *
 * @example
 * const credentials: Credentials = async () => `Bearer ${await getToken()}`;
 * declare function getToken(): Promise<string>;
 */
export type Credentials =
  | BasicCredentials
  | (() => BasicCredentials | string | undefined | Promise<BasicCredentials | string | undefined>);

/**
 * Returns a function that resolves with the value of `Authorization`. @throws TypeError for static ones that are wrong
 */
export function readCredentials(credentials: Credentials | undefined): () => Promise<string | undefined> {
  if (credentials === undefined) return async () => undefined;
  if (typeof credentials === 'function') {
    return async () => {
      const given = await credentials();
      return typeof given === 'object' ? encodeBasicAuth(given.clientId, given.clientSecret) : given;
    };
  }
  const header = encodeBasicAuth(credentials.clientId, credentials.clientSecret);
  return async () => header;
}
