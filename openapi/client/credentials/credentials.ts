// The credentials of a client: HTTP Basic (RFC 7617), or a header of its own.
import { checkValue, isRecord, type Rule } from '../../model/check/check-options.ts';
import { limitCall } from '../limit-call.ts';
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
 * may also return the whole header, or undefined for none. It must return within `timeoutMs`.
 *
 * @example
 * const credentials: Credentials = async () => `Bearer ${await getToken()}`;
 * declare function getToken(): Promise<string>;
 */
export type Credentials =
  | BasicCredentials
  | (() => BasicCredentials | string | undefined | Promise<BasicCredentials | string | undefined>);

/**
 * Returns a function that resolves with the value of `Authorization` for a request. It rejects with a `NetworkError`
 * when the signal of the request aborts, or after a duration in milliseconds.
 *
 * @throws TypeError for static credentials that are wrong
 */
export function readCredentials(
  credentials: Credentials | undefined,
  timeoutMs: number,
): (request: Request) => Promise<string | undefined> {
  if (typeof credentials !== 'function') {
    const header = credentials && encodeBasicAuth(credentials);
    return async () => header;
  }
  return async (request) => {
    const given: unknown = await limitCall(request, timeoutMs, 'The function `credentials`', credentials);
    return toHeader(given);
  };
}

function toHeader(given: unknown): string | undefined {
  if (isRecord(given)) return encodeBasicAuth(given);
  checkValue('result of the function `credentials`', given, HEADER);
  return given as string | undefined; // `checkValue` has checked the type.
}

const HEADER: Rule = {
  expected: 'credentials, a header or undefined',
  // `Headers` would reject other texts with a message that quotes them.
  isValid: (value) =>
    value === undefined || (typeof value === 'string' && /^[\t ]*[!-~\x80-\xff][\t -~\x80-\xff]*$/.test(value)),
  isSecret: true,
};
