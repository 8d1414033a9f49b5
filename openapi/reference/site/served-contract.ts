// The contract as served: local and relative server URLs are replaced by the origin of the page.
import { basePathOf, type Contract, urlOf } from '../../model/contract.ts';

/**
 * A placeholder for scheme, host and port of the page, which the server and page/address.ts replace. The domain
 * `.invalid` belongs to nobody (RFC 2606).
 */
export const PAGE_ORIGIN = 'http://this-page.invalid';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]', new URL(PAGE_ORIGIN).hostname];

/** Whether this is the URL of a server on the reader's machine, or that of the page. */
export function isLocal(url: string): boolean {
  return URL.canParse(url) && LOCAL_HOSTS.includes(new URL(url).hostname);
}

/** A copy in which the server of the page replaces local servers and relative URLs. */
export function servedContract(contract: Contract): Contract {
  const others = contract.servers.filter((server) => URL.canParse(urlOf(server)) && !isLocal(urlOf(server)));
  const own = { url: PAGE_ORIGIN + basePathOf(contract), description: 'The server of this page' };
  return { ...contract, servers: [own, ...others] };
}
