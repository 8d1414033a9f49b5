// The host and port of a request: the `Host` header, and the authority of an absolute request target.
import { isIPv6 } from 'node:net';

/** Host and port of RFC 3986, section 3.2.2, without userinfo, which HTTP does not allow here (RFC 9110, 4.2.4). */
const HOST_AND_PORT = /^(?!:)(?:\[([^\]]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;
const IP_FUTURE = /^v[\da-f]+\.[\w.~!$&'()*+,;=:-]+$/i;

/**
 * Returns whether a text is `uri-host [":" port]` of RFC 9110, section 7.2. It may be empty: a target without an
 * authority has an empty Host. A port without a host is not an authority of an http URL: RFC 9110, section 4.2.1.
 */
export function isHostAndPort(text: string): boolean {
  const match = HOST_AND_PORT.exec(text);
  if (!match) return false;
  const [, literal] = match;
  // Node also accepts a zone, such as `fe80::1%eth0`, which is meaningful only on the machine of the client.
  return literal === undefined || (isIPv6(literal) && !literal.includes('%')) || IP_FUTURE.test(literal);
}
