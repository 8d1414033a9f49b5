// Listens for an app: time-outs against slow clients, a response to what is not valid HTTP, and graceful shutdown.
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Logger, pino } from 'pino';
import { ApiError } from '../edge/errors.ts';
import type { TrustProxy } from '../edge/exchange/correlation.ts';
import { logOptions } from '../edge/log/log-options.ts';
import { type MemoryBudget, processMemory } from '../edge/memory/memory-budget.ts';
import { StartupError } from '../startup-error.ts';
import { quoteWhole } from '../text/invisible.ts';
import { checkRequest, FIELD_LIMIT, otherProtocol } from './check-request.ts';
import { ClientErrors } from './client-errors.ts';
import { closeServer } from './close-server.ts';
import { Connections, type PendingResponse } from './connections/connections.ts';
import { lingerAtEnd } from './connections/linger.ts';
import { maxOpenConnections } from './connections/open-files.ts';
import { TIMEOUTS, type Timeouts } from './connections/timeouts.ts';
import { type Prototypes, withPrototypes } from './express-prototypes.ts';
import { refuse } from './refuse.ts';
import { describeUnusableAddress } from './unusable-address.ts';

// An import of node:http reads all its exports, and one of them loads the whole of `fetch`, which is 50 ms of the
// start.
const { createServer } = process.getBuiltinModule('node:http');

/** Options of `listen`. */
export interface ListenOptions {
  /** The port to listen on. 0: any free port. */
  port: number;
  /** The address to listen on, such as `127.0.0.1`, or `::` for all. */
  host: string;
  /** For the error message when the port is taken: how to choose another, such as `PORT=3001`. */
  portHint: string;
  /**
   * Gets a line for each request that did not reach the app, and for each error in the handling of a connection.
   * Default: errors, on the standard output.
   */
  log?: Pick<Logger, 'info' | 'error'>;
  /**
   * Milliseconds: `requestMs` 30,000 and `headerMs` 10,000 for a request to arrive, `idleMs` 65,000 between two,
   * `stalledMs` 60,000 for a client that does not read, `checkMs` 2,000 between two checks of the first two.
   */
  timeouts?: Partial<Timeouts>;
  /**
   * Beyond this number of connections, those that wait for their client longest are closed, such as idle ones. Default:
   * 10,000. The process's limit of open files may allow fewer.
   */
  maxConnections?: number;
  /** The most connections of other servers of this process, which count against the same limit of open files. */
  otherConnections?: number;
  /**
   * Counts what connections, requests and bodies hold, and keeps it below its limit. Default: a budget of 48 MiB for
   * the whole process.
   */
  memory?: MemoryBudget;
}

/** A server that listens. */
export interface Listening {
  /** Such as `http://127.0.0.1:3000`, without a slash at its end. */
  url: string;
  /** The port that it listens on. */
  port: number;
  /** Still handles requests, but every response closes its connection, so that clients leave one by one. */
  drain(): void;
  /**
   * Graceful shutdown: accepts no more requests, and cuts off those that are not finished after `timeoutMs`
   * milliseconds. Resolves when all connections are closed, with the number of responses that were cut off.
   */
  close(timeoutMs: number): Promise<number>;
}

/** An Express app, or any other listener for requests. */
export type ListenedApp = RequestListener &
  Partial<Prototypes> & {
    /** Returns the value of a setting of Express. */
    get?(setting: 'trust proxy fn'): unknown;
  };

/** An idle connection costs about 10 KB. */
const MAX_CONNECTIONS = 10_000;
/**
 * Connections that the system keeps until they are accepted, if its own limit is not lower. With Node's 511, clients
 * wait a second when others connect in bursts.
 */
const BACKLOG = 4096;

/**
 * Serves an app: time-outs against slow clients, a response in the error format of the contract to what is not valid
 * HTTP, and graceful shutdown. Resolves when connections are accepted.
 *
 * @throws StartupError when it cannot listen on the port, or the limit of open files is too low
 *
 * @example const server = await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001' });
 * process.once('SIGTERM', () => server.close(10_000));
 */
export async function listen(app: ListenedApp, options: ListenOptions): Promise<Listening> {
  const { port, host, portHint, log = pino(logOptions('warn')) } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const server = createHttpServer(app, timeouts);
  const { maxConnections = MAX_CONNECTIONS, otherConnections = 0, memory = processMemory } = options;
  const onError = (error: unknown, socket: Socket) => {
    log.error({ err: error }, 'connection failed');
    socket.destroy();
  };
  const limit = Math.min(maxConnections, maxOpenConnections() - otherConnections);
  const connections = new Connections(server, {
    maxConnections: limit,
    memory,
    onError,
    onFull: () => log.info({ maxConnections: limit }, 'connections that wait for their client are closed for others'),
  });
  const trusts = findTrustProxy(app);
  const clientErrors = new ClientErrors(connections, log, timeouts);
  const guarded = (socket: Socket, work: () => void) => {
    try {
      work();
    } catch (error) {
      onError(error, socket);
    }
  };

  const onRequest = (request: IncomingMessage, response: PendingResponse, expectsContinue = false) => {
    const run = () => {
      try {
        app(request, response);
      } catch (cause) {
        const error = new ApiError('InternalError', { cause });
        log.error({ err: cause }, 'request failed');
        if (response.headersSent) request.socket.destroy();
        else refuse(response, error, log, { trusts });
      }
    };
    guarded(request.socket, () => {
      const connection = connections.begin(response);
      if (!connection) return;
      if (request.headers.upgrade !== undefined) {
        connection.closeAfterNewest();
        onTruncatedUpgrade(request, (socket) => guarded(socket, () => clientErrors.onTruncated(socket)));
      }
      if (expectsContinue) connection.expectContinue(response);
      const rejection = connection.hasOtherProtocol(request) ? otherProtocol() : checkRequest(request);
      // What arrives after it is not a request.
      if (rejection?.isFramingInvalid) connection.closeAfterNewest();
      connections.handle(
        connection,
        response,
        rejection ? () => refuse(response, rejection.error, log, { trusts }) : run,
      );
    });
  };
  server.on('request', (request, response: PendingResponse) => onRequest(request, response));
  // An expectation that is not known may be ignored (RFC 9110, section 10.1.1). Node would respond 417, which the
  // contract does not declare.
  server.on('checkExpectation', (request, response: PendingResponse) => onRequest(request, response));
  server.on('checkContinue', (request, response: PendingResponse) => {
    sendContinueWhenRead(request, response);
    onRequest(request, response, true);
  });
  server.on('connection', (socket) => {
    socket.on('error', ignoreError);
    lingerAtEnd(socket);
  });
  server.on('clientError', (error, socket: Socket) => guarded(socket, () => clientErrors.onError(error, socket)));
  server.on('connect', (request, socket: Socket) =>
    guarded(socket, () => {
      connections.handOver(socket);
      clientErrors.onConnect(request, socket);
    }),
  );
  server.setTimeout(timeouts.stalledMs, (socket) =>
    guarded(socket, () => connections.closeUnlessWaiting(socket, timeouts.stalledMs)),
  );
  await new Promise<void>((settle, fail) => {
    const onListenError = (error: Error) => fail(explain(error, port, host, portHint));
    server.once('error', onListenError);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', onListenError);
      // The system accepted no connection, for lack of memory or file descriptors. The next one may succeed.
      server.on('error', (error) => log.error({ err: error }, 'connection not accepted'));
      settle();
    });
  });
  const address = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    drain: () => connections.drain(),
    close: (timeoutMs) => closeServer(server, connections, timeoutMs),
  };
}

/** The function by which an Express app decides which proxies it trusts. */
function findTrustProxy(app: ListenedApp): TrustProxy | undefined {
  const trusts = app.get?.('trust proxy fn');
  // Express documents the setting, but not its type.
  return typeof trusts === 'function' ? (trusts as TrustProxy) : undefined;
}

function createHttpServer(app: Partial<Prototypes>, timeouts: Timeouts): Server {
  const { request, response } = app;
  const server = createServer({
    ...(request && response && withPrototypes({ request, response })),
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headerMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // Node would respond without the error format.
    requireHostHeader: false,
    // RFC 9110, section 7.8: a server may ignore Upgrade. The request is then one like any other.
    shouldUpgradeCallback: () => false,
  });
  // Node's parser stops at the next one. Older versions, such as 24.18, drop it: `checkRequest` counts this one.
  server.maxHeadersCount = FIELD_LIMIT + 1;
  // A client that closes its side of the connection sends no more (RFC 9293, section 3.6), and still reads. Without
  // this, Node closes the other side at once, and a create that was stored is never acknowledged.
  const httpAllowHalfOpen = true;
  // `NewConnections` decides when a connection is read. Until then its bytes stay in the system.
  const pauseOnConnect = true;
  // The types of Node do not declare these properties.
  return Object.assign(server, { httpAllowHalfOpen, pauseOnConnect });
}

/**
 * RFC 9110, section 10.1.1. When a request is rejected by its header, its body is not read, and the rejection is the
 * only response. Node then closes the connection, because the client may send the body or not.
 */
function sendContinueWhenRead(request: IncomingMessage, response: PendingResponse): void {
  request.once('resume', () => {
    if (!response.headersSent) response.writeContinue();
  });
}

/**
 * Node's parser drops what it gets in one chunk after a request with an upgrade, and does not notice when its body is
 * truncated. So the connection takes no further requests, and closes when the client stops in the middle of this one.
 */
function onTruncatedUpgrade(request: IncomingMessage, onTruncated: (socket: Socket) => void): void {
  const { socket } = request;
  socket.once('end', () => {
    if (!request.complete) onTruncated(socket);
  });
}

/**
 * A connection that was reset is closed already. Node listens for this error itself, but not on a connection that it
 * hands over for CONNECT, where the error would end the process.
 */
function ignoreError(): void {}

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
