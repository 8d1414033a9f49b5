// Listens for an app: time-outs against slow clients, an answer for what is not even HTTP, and an end that cuts nobody off.
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { StartupError } from '../startup-error.ts';
import { answerNonsense, type Refusal, refuse } from './client-errors.ts';
import { Connections, type Owed } from './connections.ts';
import { bornWith, type Prototypes } from './express-prototypes.ts';
import { closeServer } from './graceful-shutdown.ts';

// An import of node:http reads all its exports, and one of them loads the whole of `fetch`, which is 50 ms of the start.
const { createServer } = process.getBuiltinModule('node:http');

/** What `listen` takes. */
export interface ListenOptions {
  /** 0: any that is free. */
  port: number;
  /** The address to listen on, such as `127.0.0.1`, or `::` for all. */
  host: string;
  /** What to say when the port is taken: how to choose another. */
  portHint: string;
  /** Called when something is refused that never reached the app. */
  onRefused?: (refusal: Refusal) => void;
  /** Milliseconds: `requestMs` 30,000 and `headerMs` 10,000 for a request to arrive, `idleMs` 65,000 between two, `stalledMs` 60,000 for a client that does not read, `checkMs` 2,000 between two looks at the first two. */
  timeouts?: Partial<typeof TIMEOUTS>;
  /** New connections beyond so many are closed at once. Default: 10,000. */
  maxConnections?: number;
}

/** A server that listens. */
export interface Listening {
  /** Such as `http://127.0.0.1:3000`, without a slash at its end. */
  url: string;
  /** The port that it listens on. */
  port: number;
  /** Goes on as before, but every answer ends its connection, so that clients leave one by one. */
  drain(): void;
  /**
   * Takes no more requests, lets the open ones finish for at most so many milliseconds, then cuts them off. Resolves when all connections are closed,
   * with how many answers were cut off.
   */
  close(timeoutMs: number): Promise<number>;
}

const TIMEOUTS = {
  /** For the whole request, header and body. */
  requestMs: 30_000,
  /** For the header. It counts from the connection on, so a client that sends nothing is gone by then. */
  headerMs: 10_000,
  /** Between two requests. Longer than the 60 s after which load balancers commonly drop an idle connection, so that they are the ones to close it. */
  idleMs: 65_000,
  /** For a client to take any part of an answer that waits for it. */
  stalledMs: 60_000,
  /** How often the first two are looked at. */
  checkMs: 2_000,
};

/** A connection that does nothing costs about 10 KB. */
const MAX_CONNECTIONS = 10_000;

/**
 * Serves an app: time-outs against slow clients, an answer in the envelope of the contract for what is not even HTTP, and an end that cuts
 * nobody off. Resolves when connections are accepted.
 *
 * @throws StartupError when the port cannot be had
 *
 * @example
 * const server = await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001' });
 * process.once('SIGTERM', () => server.close(10_000));
 */
export async function listen(app: RequestListener & Partial<Prototypes>, options: ListenOptions): Promise<Listening> {
  const { port, host, portHint, onRefused = () => undefined } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const { request, response } = app;
  const server = createServer({
    ...(request && response && bornWith({ request, response })),
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headerMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // Node would answer without the envelope.
    requireHostHeader: false,
  });
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const connections = new Connections(server);
  const handle: RequestListener = (request, response: Owed) => {
    const connection = connections.begin(response);
    if (!connection) return;
    // RFC 9112, section 3.2.
    const hosts = countHosts(request);
    if (hosts > 1) refuse(response, 'The request has more than one Host header.');
    else if (hosts === 0 && request.httpVersionMinor !== 0) refuse(response, 'The request has no Host header.');
    else connections.handle(connection, response, () => app(request, response));
  };
  server.on('request', handle);
  // An expectation may be ignored (RFC 9110, section 10.1.1); Node would answer 417, which the contract does not have.
  server.on('checkExpectation', handle);
  const answer = answerNonsense(connections, onRefused);
  server.on('clientError', answer);
  // Node would close the connection without a word.
  server.on('connect', (_request, socket: Socket) => answer(Object.assign(new Error(), { code: 'CONNECT' }), socket));
  server.setTimeout(timeouts.stalledMs, (socket) => connections.closeUnlessWaiting(socket, timeouts.stalledMs));
  await new Promise<void>((settle, fail) => {
    server.once('error', (error) => fail(explain(error, port, host, portHint)));
    server.listen(port, host, settle);
  });
  const address = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    drain: () => connections.drain(),
    close: (timeoutMs) => closeServer(server, connections, timeoutMs),
  };
}

/** Node keeps the first of several in `headers`. */
function countHosts({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') count++;
  return count;
}

function explain(error: Error, port: number, host: string, portHint: string): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new StartupError(`Port ${port} on ${host} is taken. Stop what uses it, or choose another: ${portHint}.`, {
      cause: error,
    });
  if (code === 'EACCES')
    return new StartupError(`This user may not listen on port ${port}. Choose one above 1023: ${portHint}.`, {
      cause: error,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartupError(`${host} is not an address of this machine.`, { cause: error });
  return error;
}
