// Serves an app with time-outs against slow clients, responses to invalid HTTP, and graceful shutdown.
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Logger, pino } from 'pino';
import type { AddCorsHeaders } from '../edge/cors.ts';
import { ApiError } from '../edge/errors.ts';
import type { TrustProxy } from '../edge/exchange/correlation.ts';
import { logOptions } from '../edge/log/log-options.ts';
import { type MemoryBudget, processMemory } from '../edge/memory/memory-budget.ts';
import { hasBegun } from './body-buffer.ts';
import { closeServer } from './close-server.ts';
import { Connections } from './connections/connections.ts';
import { lingerAtEnd } from './connections/linger.ts';
import { maxOpenConnections } from './connections/open-files.ts';
import type { PendingResponse } from './connections/pending-response.ts';
import { TIMEOUTS, type Timeouts } from './connections/timeouts.ts';
import { type Prototypes, withPrototypes } from './express-prototypes.ts';
import { FIELD_LIMIT } from './field-limit.ts';
import { disableParserPool } from './parser-pool.ts';
import { checkRequest, otherProtocol } from './rejections/check-request.ts';
import { ClientErrors } from './rejections/client-errors.ts';
import { rejectRequest } from './rejections/reject-request.ts';
import { toListenError } from './unusable-address.ts';

// An import of node:http would read all its exports, one of which loads all of `fetch` and delays the start by 50 ms.
const { createServer } = process.getBuiltinModule('node:http');

/** Options of `listen`. */
export interface ListenOptions {
  /** The port to listen on; 0 for any free port. */
  port: number;
  /** The address to listen on, such as `127.0.0.1`, or `::` for all addresses. */
  host: string;
  /** How to choose another port, such as `PORT=3001`, for the message when the port is taken. */
  portHint: string;
  /**
   * The logger, which gets a line for each request that does not reach the app, and for each error in the handling of a
   * connection. Default: errors only, on standard output.
   */
  log?: Pick<Logger, 'info' | 'error'>;
  /**
   * Time-outs in milliseconds: `requestMs` (30,000) and `headerMs` (10,000) for a request to arrive, `idleMs` (65,000)
   * between two requests, `stalledMs` (60,000) for a client that does not read, and `checkMs` (2,000), the interval at
   * which the first two are checked.
   */
  timeouts?: Partial<Timeouts>;
  /**
   * The maximum number of connections. Beyond it, those that have waited longest for their client, such as idle ones,
   * are closed. Default: 10,000. The limit of open files may allow fewer.
   */
  maxConnections?: number;
  /** The maximum number of connections of other servers in this process, which share its limit of open files. */
  otherConnections?: number;
  /**
   * The budget for the memory of connections, requests and bodies. Default: a budget of 48 MiB for the whole process.
   */
  memory?: MemoryBudget;
}

/** A listening server. */
export interface Listening {
  /** The URL of the server without a trailing slash, such as `http://127.0.0.1:3000`. */
  url: string;
  /** The port that it listens on. */
  port: number;
  /** Keeps handling requests, but closes each connection after its response, so that clients leave one by one. */
  drain(): void;
  /**
   * Shuts down gracefully: accepts no more requests, and cuts off those that have not finished after `timeoutMs`
   * milliseconds. Resolves when all connections are closed, with the number of responses that were cut off.
   */
  close(timeoutMs: number): Promise<number>;
}

/** An Express app, or any other request listener. */
export type ListenedApp = RequestListener &
  Partial<Prototypes> & {
    /** Returns the value of a setting of Express, or of the edge. */
    get?(setting: 'trust proxy fn' | 'add cors headers'): unknown;
  };

/** The default maximum of connections. An idle one costs about 10 KB. */
const MAX_CONNECTIONS = 10_000;
/**
 * The number of connections that the system queues until they are accepted, unless its own limit is lower. With Node's
 * default of 511, clients wait a second when others connect in bursts.
 */
const BACKLOG = 4096;

/**
 * Serves an app with time-outs against slow clients, responses to invalid HTTP in the error format of the contract, and
 * graceful shutdown. Resolves when connections are accepted.
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
  const addCorsHeaders = findAddCorsHeaders(app);
  const clientErrors = new ClientErrors(connections, { log, timeouts, addCorsHeaders });
  const guarded = (socket: Socket, work: () => void) => {
    try {
      work();
    } catch (error) {
      onError(error, socket);
    }
  };
  listenForRequests(server, createRequestHandler(app, { connections, clientErrors, guarded, log, addCorsHeaders }));
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
  await bind(server, { port, host, portHint, log });
  const address = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    drain: () => connections.drain(),
    close: (timeoutMs) => closeServer(server, connections, timeoutMs),
  };
}

interface HandlerContext {
  connections: Connections;
  clientErrors: ClientErrors;
  /** Runs work, and handles its errors as those of the connection. */
  guarded: (socket: Socket, work: () => void) => void;
  log: Pick<Logger, 'info' | 'error'>;
  addCorsHeaders: AddCorsHeaders | undefined;
}

type HandleRequest = (request: IncomingMessage, response: PendingResponse, expectsContinue?: boolean) => void;

/** Creates the function that passes valid requests to the app, and rejects others. */
function createRequestHandler(
  app: ListenedApp,
  { connections, clientErrors, guarded, log, addCorsHeaders }: HandlerContext,
): HandleRequest {
  const rejectOptions = { trusts: findTrustProxy(app), addCorsHeaders };
  return (request, response, expectsContinue = false) => {
    const run = () => {
      try {
        app(request, response);
      } catch (cause) {
        const error = new ApiError('InternalError', { cause });
        log.error({ err: cause }, 'request failed');
        if (response.headersSent) request.socket.destroy();
        else rejectRequest(response, error, log, rejectOptions);
      }
    };
    guarded(request.socket, () => {
      const connection = connections.begin(response);
      if (!connection) return;
      if (request.headers.upgrade !== undefined) {
        connection.closeAfterNewest();
        onTruncatedUpgrade(request, (socket) => guarded(socket, () => clientErrors.onTruncated(socket)));
      }
      if (expectsContinue) connection.pendingResponses.expectContinue(response);
      const rejection = connection.reader.hasOtherProtocol(request) ? otherProtocol() : checkRequest(request);
      // With invalid framing, the data after this request may not be another request.
      if (rejection?.isFramingInvalid) connection.closeAfterNewest();
      connections.handle(
        connection,
        response,
        rejection ? () => rejectRequest(response, rejection.error, log, rejectOptions) : run,
      );
    });
  };
}

function listenForRequests(server: Server, onRequest: HandleRequest): void {
  server.on('request', (request, response: PendingResponse) => onRequest(request, response));
  // An unknown expectation may be ignored (RFC 9110, section 10.1.1). Node would respond 417, which the contract does
  // not declare.
  server.on('checkExpectation', (request, response: PendingResponse) => onRequest(request, response));
  server.on('checkContinue', (request, response: PendingResponse) => {
    sendContinueWhenRead(request, response);
    onRequest(request, response, true);
  });
}

/** Resolves when the server listens. @throws StartupError when it cannot listen on the port */
async function bind(
  server: Server,
  { port, host, portHint, log }: Pick<ListenOptions, 'port' | 'host' | 'portHint'> & Pick<HandlerContext, 'log'>,
): Promise<void> {
  await new Promise<void>((settle, fail) => {
    const onListenError = (error: Error) => fail(toListenError(error, { port, host, portHint }));
    server.once('error', onListenError);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', onListenError);
      // The system could not accept a connection, for lack of memory or file descriptors. The next one may succeed.
      server.on('error', (error) => log.error({ err: error }, 'connection not accepted'));
      settle();
    });
  });
}

/** Returns the function by which an Express app decides which proxies to trust. */
function findTrustProxy(app: ListenedApp): TrustProxy | undefined {
  const trusts = app.get?.('trust proxy fn');
  // Express documents the setting but not its type.
  return typeof trusts === 'function' ? (trusts as TrustProxy) : undefined;
}

/** Returns the function by which the edge adds the CORS headers to every response, or undefined if it adds none. */
function findAddCorsHeaders(app: ListenedApp): AddCorsHeaders | undefined {
  const addCorsHeaders = app.get?.('add cors headers');
  // `createApp` sets it.
  return typeof addCorsHeaders === 'function' ? (addCorsHeaders as AddCorsHeaders) : undefined;
}

function createHttpServer(app: Partial<Prototypes>, timeouts: Timeouts): Server {
  disableParserPool();
  const { request, response } = app;
  const server = createServer({
    ...(request && response && withPrototypes({ request, response })),
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headerMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // Node's own response would not have the error format of the contract.
    requireHostHeader: false,
    // RFC 9110, section 7.8: a server may ignore Upgrade, and then handles the request like any other.
    shouldUpgradeCallback: () => false,
  });
  // One more than the limit, which `checkRequest` then rejects. Node's parser stops at the next field, or, in older
  // versions such as 24.18, drops it.
  server.maxHeadersCount = FIELD_LIMIT + 1;
  // A client that half-closes the connection sends no more (RFC 9293, section 3.6), but still reads. By default, Node
  // closes the other half at once, and a create that was stored would never be acknowledged.
  const httpAllowHalfOpen = true;
  // `NewConnections` decides when a connection is read. Until then, its data stays in the system.
  const pauseOnConnect = true;
  // The types of Node do not declare these properties.
  return Object.assign(server, { httpAllowHalfOpen, pauseOnConnect });
}

/**
 * Sends 100 (Continue) when the body is read, unless some of it has already arrived: RFC 9110, section 10.1.1. The
 * client did not wait then, and HAProxy 2.6 would lose a part of the response to a client that pipelines. The body of a
 * request that is rejected by its header is not read, and the rejection is the only response. Node then closes the
 * connection, because the client may or may not send the body.
 */
function sendContinueWhenRead(request: IncomingMessage, response: PendingResponse): void {
  const send = () => {
    if (!request.complete && !hasBegun(request) && !response.headersSent) response.writeContinue();
  };
  request.once('resume', () => {
    if (response.socket) send();
    // Behind other responses, Node would write it between the header and the body of this one.
    else response.once('socket', send);
  });
  // Node need not close the connection. Its types do not declare the property.
  request.prependOnceListener('end', () => Object.assign(response, { _expect_continue: false }));
}

/**
 * Handles a truncated body of a request with an Upgrade field. Node's parser drops the data in the same chunk after
 * such a request, and does not notice when its body is truncated. Therefore the connection accepts no further requests,
 * and closes when the client stops in the middle of this one.
 */
function onTruncatedUpgrade(request: IncomingMessage, onTruncated: (socket: Socket) => void): void {
  const { socket } = request;
  socket.once('end', () => {
    if (!request.complete) onTruncated(socket);
  });
}

/**
 * Ignores the error of a connection that was reset, which is already closed. Node handles it itself, except on a
 * connection that it has handed over for CONNECT, where it would end the process.
 */
function ignoreError(): void {}
