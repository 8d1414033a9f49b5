// Who may use the controls: programs and pages on the same machine, and no page of elsewhere in a browser on it.
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';

/** IPv4 loopback addresses are 127.0.0.0/8 (RFC 1122, section 3.2.1.3). */
const LOOPBACK_ADDRESS = /^127\.|^::1$/;
/** As URLs have them. Browsers resolve `localhost` and names below it on their own (RFC 6761, section 6.3). */
const LOOPBACK_HOST = /^(?:127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]|(?:[^.]+\.)*localhost)$/;

const ADVICE = 'unless it runs with --open-control (in a test: `openControl: true`)';

/** What is read of a request. */
interface ControlRequest {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress' | 'localAddress'>;
  headers: Pick<IncomingMessage['headers'], 'host' | 'origin'>;
}

/**
 * Why a request may not use the controls of a mock that listens on this host; undefined if it may.
 *
 * @param addressesOf returns the addresses of this machine's network interfaces
 */
export function findForeignPart(
  { socket, headers }: ControlRequest,
  host: string,
  addressesOf: () => readonly string[] = interfaceAddresses,
): string | undefined {
  const peer = withoutZone(socket.remoteAddress ?? '');
  // Nobody else can complete a TCP handshake from an address of this machine.
  const isPeerOwn =
    LOOPBACK_ADDRESS.test(peer) ||
    (peer !== '' && (peer === withoutZone(socket.localAddress ?? '') || addressesOf().includes(peer)));
  if (!isPeerOwn) return `The mock is controlled from its own machine only, ${ADVICE}.`;
  const isOwn = (url: string) => {
    const name = hostnameOf(url);
    if (name === undefined) return false;
    return LOOPBACK_HOST.test(name) || name === hostnameOf(urlOf(host)) || isAddressIn(name, addressesOf());
  };
  // A page whose name resolves to this machine is of the same origin, but has the name.
  if (headers.host !== undefined && !isOwn(`http://${headers.host}`))
    return `The mock is controlled at localhost or an address of its machine only, ${ADVICE}.`;
  if (headers.origin !== undefined && !(/^https?:/.test(headers.origin) && isOwn(headers.origin)))
    return `The mock is controlled by pages of this machine only, ${ADVICE}.`;
  return undefined;
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

/** A peer of IPv4 at a socket of both versions is `::ffff:192.0.2.1`. The interface of a local one stands after it. */
function withoutZone(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*/, '');
}

function urlOf(host: string): string {
  return `http://${host.includes(':') ? `[${withoutZone(host)}]` : host}`;
}

/** As URLs have it: in lower case, and addresses in one form. Undefined without one. */
function hostnameOf(url: string): string | undefined {
  return (URL.canParse(url) && new URL(url).hostname) || undefined;
}

/** Names are in no such list, whatever they resolve to. */
function isAddressIn(hostname: string, addresses: readonly string[]): boolean {
  return addresses.some((address) => hostnameOf(urlOf(address)) === hostname);
}
