// Decides who may use the controls: programs and pages of this machine, but no page from another origin in its browser.
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';

/** IPv4 loopback addresses are 127.0.0.0/8 (RFC 1122, section 3.2.1.3). */
const LOOPBACK_ADDRESS = /^127\.|^::1$/;
/** Loopback hosts as in URLs. Browsers resolve `localhost` and its subdomains themselves (RFC 6761, section 6.3). */
const LOOPBACK_HOST = /^(?:127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]|(?:[^.]+\.)*localhost)$/;

const ADVICE = 'unless it runs with --open-control (in a test: `openControl: true`)';

/** The parts of a request that decide about access. */
interface ControlRequest {
  socket: Pick<IncomingMessage['socket'], 'remoteAddress' | 'localAddress'>;
  headers: Pick<IncomingMessage['headers'], 'host' | 'origin'>;
}

/**
 * Returns why a request may not use the controls of a mock that listens on this host; undefined if it may.
 *
 * @param addressesOf returns the addresses of this machine's network interfaces
 */
export function findForeignPart(
  { socket, headers }: ControlRequest,
  host: string,
  addressesOf: () => readonly string[] = interfaceAddresses,
): string | undefined {
  const peer = withoutZone(socket.remoteAddress ?? '');
  // No other machine can complete a TCP handshake from an address of this machine.
  const isPeerOwn =
    LOOPBACK_ADDRESS.test(peer) ||
    (peer !== '' && (peer === withoutZone(socket.localAddress ?? '') || addressesOf().includes(peer)));
  if (!isPeerOwn) return `The mock is controlled from its own machine only, ${ADVICE}.`;
  const isOwn = (url: string) => {
    const name = hostnameOf(url);
    if (name === undefined) return false;
    return LOOPBACK_HOST.test(name) || name === hostnameOf(urlOf(host)) || isAddressIn(name, addressesOf());
  };
  // A page whose hostname resolves to this machine is same-origin, but its Host header reveals the name.
  if (headers.host !== undefined && !isOwn(`http://${headers.host}`))
    return `The mock is controlled at localhost or an address of its machine only, ${ADVICE}.`;
  if (headers.origin !== undefined && !(/^https?:/.test(headers.origin) && isOwn(headers.origin)))
    return `The mock is controlled by pages of this machine only, ${ADVICE}.`;
  return undefined;
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

/** On a dual-stack socket, an IPv4 peer is `::ffff:192.0.2.1`. A link-local address ends with its interface. */
function withoutZone(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*/, '');
}

function urlOf(host: string): string {
  return `http://${host.includes(':') ? `[${withoutZone(host)}]` : host}`;
}

/** Returns the hostname in its normalized form: lower case, with canonical addresses. Undefined if there is none. */
function hostnameOf(url: string): string | undefined {
  return (URL.canParse(url) && new URL(url).hostname) || undefined;
}

/** Returns false for names, whatever they resolve to. */
function isAddressIn(hostname: string, addresses: readonly string[]): boolean {
  return addresses.some((address) => hostnameOf(urlOf(address)) === hostname);
}
