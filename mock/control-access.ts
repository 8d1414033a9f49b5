// Who may use the controls: programs and pages on the same machine, and no page of elsewhere in a browser on it.
import type { IncomingMessage } from 'node:http';

/** IPv4 loopback addresses are 127.0.0.0/8 (RFC 1122, section 3.2.1.3). */
const LOOPBACK_ADDRESS = /^(?:::ffff:)?127\.|^::1$/;
/** As URLs have them. Browsers resolve `localhost` and names below it on their own (RFC 6761, section 6.3). */
const LOOPBACK_HOST = /^(?:127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]|(?:[^.]+\.)*localhost)$/;

const ADVICE = 'unless it runs with --open-control (in a test: `openControl: true`)';

/** Why a request may not use the controls of a mock that listens on this host; undefined if it may. */
export function findForeignPart({ socket, headers }: IncomingMessage, host: string): string | undefined {
  const isOwn = (url: string) => {
    const name = URL.canParse(url) ? new URL(url).hostname : '';
    return LOOPBACK_HOST.test(name) || (name !== '' && [host, `[${host}]`].includes(name));
  };
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? ''))
    return `The mock is controlled from its own machine only, ${ADVICE}.`;
  // A page whose name resolves to this machine is of the same origin, but has the name.
  if (headers.host !== undefined && !isOwn(`http://${headers.host}`))
    return `The mock is controlled at localhost or a loopback address only, ${ADVICE}.`;
  if (headers.origin !== undefined && !(/^https?:/.test(headers.origin) && isOwn(headers.origin)))
    return `The mock is controlled by pages of this machine only, ${ADVICE}.`;
  return undefined;
}
