// Addresses that no machine can listen on.

/** The first group of an IPv6 address (RFC 4291, section 2.4). */
const LINK_LOCAL = /^fe[89ab][\da-f]:/i;
const MULTICAST = /^ff[\da-f]{2}:/i;

/** Returns what is wrong with an address to listen on, for a message that begins with the address. */
export function describeUnusableAddress(host: string): string | undefined {
  if (MULTICAST.test(host)) return 'is a multicast address, which cannot be listened on';
  if (!LINK_LOCAL.test(host) || host.includes('%')) return undefined;
  return `is a link-local address: name its interface, such as ${host}%eth0`;
}
