// Listens for an app: time-outs against slow clients, a response to what is not valid HTTP, and an end that cuts nobody
// off.
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Logger, pino } from 'pino';
import type { TrustProxy } from '../edge/correlation.ts';
import { ApiError } from '../edge/errors.ts';
import { logOptions } from '../edge/log-options.ts';
import { type MemoryBudget, processMemory } from '../edge/memory/memory-budget.ts';
import { StartupError } from '../startup-error.ts';
import { checkRequest } from './check-request.ts';
import { ClientErrors } from './client-errors.ts';
import { Connections, type Owed } from './connections.ts';
import { type Prototypes, withPrototypes } from './express-prototypes.ts';
import { closeServer } from './graceful-shutdown.ts';
import { lingerAtEnd } from './linger.ts';
import { countFreeFiles } from './open-files.ts';
import { refuse } from './refuse.ts';

// An import of node:http reads all its exports, and one of them loads the whole of `fetch`, which is 50 ms of the
// start.
const { createServer } = process.getBuiltinModule('node:http');

/** What `listen` takes. */
export interface ListenOptions {
  /** 0: any that is free. */
  port: number;
  /** The address to listen on, such as `127.0.0.1`, or `::` for all. */
  host: string;
  /** What to say when the port is taken: how to choose another. */
  portHint: string;
  /**
   * Gets a line for each request that never reached the app, and for each error in the handling of a connection.
   * Default: errors, on the standard output.
   */
  log?: Pick<Logger, 'info' | 'error'>;
  /**
   * Milliseconds: `requestMs` 30,000 and `headerMs` 10,000 for a request to arrive, `idleMs` 65,000 between two,
   * `stalledMs` 60,000 for a client that does not read, `checkMs` 2,000 between two looks at the first two.
   */
  timeouts?: Partial<typeof TIMEOUTS>;
  /**
   * Beyond so many connections, those that wait for their client longest are closed, such as idle ones. Default:
   * 10,000. The process's limit of open files may leave room for fewer.
   */
  maxConnections?: number;
  /**
   * What connections, requests and bodies hold is counted there, and kept below its limit. Default: a budget of 96 MiB
   * for the whole process.
   */
  memory?: MemoryBudget;
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
   * Takes no more requests, lets the open ones finish for at most so many milliseconds, then cuts them off. Resolves
   * when all connections are closed, with how many answers were cut off.
   */
  close(timeoutMs: number): Promise<number>;
}

/** Express apps are taken as they are, and so is any other listener. */
type ListenedApp = RequestListener &
  Partial<Prototypes> & {
    /** Of Express: the value of a setting. */
    get?(setting: 'trust proxy fn'): unknown;
  };

const TIMEOUTS = {
  /** For the whole request, header and body. */
  requestMs: 30_000,
  /** For the header. It counts from the connection on, so a client that sends nothing is gone by then. */
  headerMs: 10_000,
  /**
   * Between two requests. Longer than the 60 s after which load balancers commonly drop an idle connection, so that
   * they are the ones to close it.
   */
  idleMs: 65_000,
  /** For a client to take any part of an answer that waits for it. */
  stalledMs: 60_000,
  /** How often the first two are looked at. */
  checkMs: 2_000,
};

/** A connection that does nothing costs about 10 KB. */
const MAX_CONNECTIONS = 10_000;
/**
 * Connections that the system keeps until they are accepted, if its own limit is not lower. With Node's 511, clients
 * wait a second when others connect in bursts.
 */
const BACKLOG = 4096;

/**
 * Serves an app: time-outs against slow clients, an answer in the envelope of the contract for what is not even HTTP,
 * and an end that cuts nobody off. Resolves when connections are accepted.
 *
 * @throws StartupError when the port cannot be had
 *
 * @example const server = await listen(app, { port: 3000, host: '127.0.0.1', portHint: 'PORT=3001' });
 * process.once('SIGTERM', () => server.close(10_000));
 */
export async function listen(app: ListenedApp, options: ListenOptions): Promise<Listening> {
  const { port, host, portHint, log = pino(logOptions('warn')) } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const server = createHttpServer(app, timeouts);
  const { maxConnections = MAX_CONNECTIONS, memory = processMemory } = options;
  const onError = (error: unknown, socket: Socket) => {
    log.error({ err: error }, 'connection failed');
    socket.destroy();
  };
  const connections = new Connections(server, {
    maxConnections: Math.min(maxConnections, countFreeFiles()),
    memory,
    onError,
  });
  const trusts = findTrustProxy(app);
  const clientErrors = new ClientErrors(connections, log);
  const containing = (socket: Socket, work: () => void) => {
    try {
      work();
    } catch (error) {
      onError(error, socket);
    }
  };

  const handle = (request: IncomingMessage, response: Owed, awaitsContinue = false) => {
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
    containing(request.socket, () => {
      const connection = connections.begin(response);
      if (!connection) return;
      if (request.headers.upgrade !== undefined) closeAfterUpgrade(request, response);
      if (awaitsContinue) connection.await(response);
      const rejection = checkRequest(request);
      // Whatever comes behind it is not a request.
      if (rejection?.framingIsUnclear) response.shouldKeepAlive = false;
      connections.handle(
        connection,
        response,
        rejection ? () => refuse(response, rejection.error, log, { trusts }) : run,
      );
    });
  };
  server.on('request', (request, response: Owed) => handle(request, response));
  // An expectation that is not known may be ignored (RFC 9110, section 10.1.1). Node would respond 417, which the
  // contract does not declare.
  server.on('checkExpectation', (request, response: Owed) => handle(request, response));
  server.on('checkContinue', (request, response: Owed) => {
    sendContinueWhenRead(request, response);
    handle(request, response, true);
  });
  server.on('connection', (socket) => {
    socket.on('error', ignoreError);
    lingerAtEnd(socket);
  });
  server.on('clientError', (error, socket: Socket) => containing(socket, () => clientErrors.onError(error, socket)));
  server.on('connect', (request, socket: Socket) =>
    containing(socket, () => {
      connections.handOver(socket);
      clientErrors.onConnect(request, socket);
    }),
  );
  server.setTimeout(timeouts.stalledMs, (socket) =>
    containing(socket, () => connections.closeUnlessWaiting(socket, timeouts.stalledMs)),
  );
  await new Promise<void>((settle, fail) => {
    const onListenError = (error: Error) => fail(explain(error, port, host, portHint));
    server.once('error', onListenError);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', onListenError);
      // The system refused a connection, for lack of memory or file descriptors. The next one may succeed.
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

/** Which proxies an Express app trusts. */
function findTrustProxy(app: ListenedApp): TrustProxy | undefined {
  const trusts = app.get?.('trust proxy fn');
  // Express documents the setting, but not its type.
  return typeof trusts === 'function' ? (trusts as TrustProxy) : undefined;
}

function createHttpServer(app: Partial<Prototypes>, timeouts: typeof TIMEOUTS): Server {
  const { request, response } = app;
  const server = createServer({
    ...(request && response && withPrototypes({ request, response })),
    requestTimeout: timeouts.requestMs,
    headersTimeout: timeouts.headerMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // Node would respond without the envelope.
    requireHostHeader: false,
    // RFC 9110, section 7.8: a server may ignore Upgrade. The request is then one like any other.
    shouldUpgradeCallback: () => false,
  });
  // Counted by `checkRequest`. The size of the header bounds the number.
  server.maxHeadersCount = 0;
  // A client that closes its side of the connection says that it sends no more (RFC 9293, section 3.6), and still
  // reads. Without this, Node closes the other side at once, and a create that was stored is never acknowledged. The
  // types of Node do not know the property.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

/**
 * RFC 9110, section 10.1.1. Whoever refuses a request by its header does not read its body, and its response is the
 * first and only one. Node then closes the connection, because the client may send the body or not.
 */
function sendContinueWhenRead(request: IncomingMessage, response: Owed): void {
  request.once('resume', () => {
    if (!response.headersSent) response.writeContinue();
  });
}

/**
 * Node's parser drops what it gets in one packet behind a request with an upgrade, and does not notice when its body is
 * cut off. So the connection takes no further requests, and closes when the client stops in the middle of this one.
 */
function closeAfterUpgrade(request: IncomingMessage, response: Owed): void {
  response.shouldKeepAlive = false;
  request.socket.once('end', () => {
    if (!request.complete) request.socket.destroy();
  });
}

/**
 * A connection that was reset is closed, and that is all there is to do. Node listens for this error itself, but not on
 * a connection that it hands over for CONNECT, where it would end the process.
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
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartupError(`${host} is not an address of this machine.`, { cause: error });
  return error;
}
