// The four forms of request target (RFC 9112, section 3.2), and the host in them.
import { isIPv6 } from 'node:net';

/** The parts of a request target that routing uses. */
export interface Target {
  path: string;
  /** The query, without the question mark. */
  query: string;
  /** Whether the target is valid and needs no normalization, so that all servers find the same path in it. */
  isCertain: boolean;
}

/** Whether the target has one of the four forms, and this method may have it. */
export function isValidTarget(method: string, target: string): boolean {
  if (target === '*') return method === 'OPTIONS';
  const [, authority = '', rest = ''] = ABSOLUTE.exec(target) ?? [];
  if (authority !== '') return isHost(authority) && VALID.test(withSlash(rest));
  return VALID.test(target);
}

const withSlash = (rest: string) => (rest.startsWith('/') ? rest : `/${rest}`);

/**
 * Whether a text is `uri-host [ ":" port ]` of RFC 9110, section 7.2. Section 4.2.1: a port without a host is invalid.
 */
export function isHost(text: string): boolean {
  const [, literal, future] = HOST.exec(text) ?? [];
  if (literal !== undefined && future === undefined) return isIPv6(literal) && !literal.includes('%');
  return HOST.test(text);
}

/** A host (RFC 3986, section 3.2.2). */
const HOST =
  /^(?!:)(?:\[((v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)|[\da-f:.]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/**
 * Splits origin-form, or the part after scheme and authority of absolute-form. Any other target counts as a path
 * without a route.
 */
export function splitTarget(target: string): Target {
  const [, authority, after = ''] = ABSOLUTE.exec(target) ?? [];
  const rest = authority === undefined ? target : withSlash(after);
  const [, path = '', query = ''] = /^([^?#]*)(?:\?([^#]*))?/.exec(rest) ?? [];
  return {
    path,
    query,
    isCertain: VALID.test(rest) && !ENCODED_UNRESERVED.test(path) && !/\/\.\.?(\/|$)/.test(path),
  };
}

/**
 * Characters of paths and queries (RFC 3986, sections 3.3 and 3.4), and those that many clients leave unencoded in a
 * query.
 */
const VALID =
  /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?[\]-]|%[0-9A-Fa-f]{2})*)?$/;
/** A server may reject any other scheme (RFC 9110, section 7.4). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;
/**
 * Escapes of unreserved characters. A server may decode them before routing, because they are equivalent to the
 * character (RFC 3986, section 6.2.2.2).
 */
const ENCODED_UNRESERVED = /%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|3[0-9]|2[DE]|5F|7E)/i;
