// Determines whether other machines can reach an address that a server listens on.
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** Returns false also for an address that this machine does not have, on which listening fails. */
export async function isReachable(host: string): Promise<boolean> {
  const found = await lookup(host, { all: true }).catch(() => []);
  const own = Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
  return found.some(({ address }) => {
    const range = ipaddr.process(address).range();
    return range === 'unspecified' || (range !== 'loopback' && own.some((each) => isSame(each, address)));
  });
}

/** Compares addresses. Those of interfaces may end with a zone. */
function isSame(one: string, other: string): boolean {
  return ipaddr.process(withoutZone(one)).toString() === ipaddr.process(withoutZone(other)).toString();
}

const withoutZone = (address: string) => address.replace(/%.*$/, '');
