// Explains why a server cannot listen on an address.
import { StartupError } from '../startup-error.ts';
import { quoteWhole } from '../text/invisible.ts';

/** The first group of an IPv6 address (RFC 4291, section 2.4). */
const LINK_LOCAL = /^fe[89ab][\da-f]:/i;
const MULTICAST = /^ff[\da-f]{2}:/i;

/** Returns what is wrong with an address to listen on, for a message that begins with the address. */
export function describeUnusableAddress(host: string): string | undefined {
  if (MULTICAST.test(host)) return 'is a multicast address, which cannot be listened on';
  if (!LINK_LOCAL.test(host) || host.includes('%')) return undefined;
  return `is a link-local address: name its interface, such as ${host}%eth0`;
}

interface Address {
  port: number;
  host: string;
  /** How to choose another port, for the message when the port is taken. */
  portHint: string;
}

/** Converts an error of `listen` to one that says what to do. Returns any other error as it is. */
export function toListenError(error: Error, { port, host, portHint }: Address): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new StartupError(`Port ${port} on ${host} is taken. Stop what uses it, or choose another: ${portHint}.`, {
      cause: error,
    });
  if (code === 'EACCES')
    return new StartupError(`This user may not listen on port ${port}. Choose one above 1023: ${portHint}.`, {
      cause: error,
    });
  const isUnknownName = 'syscall' in error && error.syscall === 'getaddrinfo';
  if (code === 'EADDRNOTAVAIL' || isUnknownName)
    return new StartupError(`${quoteWhole(host)} is not an address of this machine.`, { cause: error });
  const isListening = 'syscall' in error && error.syscall === 'listen';
  const violation = describeUnusableAddress(host);
  if (isListening && violation !== undefined)
    return new StartupError(`${quoteWhole(host)} ${violation}.`, { cause: error });
  if (isListening)
    return new StartupError(`The server cannot listen on port ${port} of ${quoteWhole(host)} (${code}).`, {
      cause: error,
    });
  return error;
}
