// Maps the address of a client to its network, and networks to a bounded number of buckets.
import { createHash, randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';

/**
 * Returns an IPv4 address as it is, and the /64 network of an IPv6 address, because a client usually has the whole
 * network (RFC 6177).
 */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown'; // A trusted proxy may send any text.
  const address = ipaddr.process(ip);
  if (!(address instanceof ipaddr.IPv6)) return address.toString();
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])}/64`;
}

const BUCKETS = 2 ** 16;

/**
 * Returns a function from networks to buckets, which limits the memory of counters to about 60 MB for any number of
 * networks. Two networks may share a bucket by accident; the salt prevents clients from doing so on purpose.
 */
export function createBuckets(): (network: string) => string {
  const salt = randomBytes(16);
  return (network) => {
    const hash = createHash('sha256').update(salt).update(network).digest();
    return String(hash.readUInt32BE() % BUCKETS);
  };
}
