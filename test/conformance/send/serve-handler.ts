// Serves a handler on a free port of this machine, so that requests reach it over a real connection.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describeValue, isRecord } from '../../../openapi/model/check/check-options.ts';

/** A request listener of Node: an Express app, Koa's `app.callback()`, or a function. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A fetch handler: Hono's `app.fetch`, or a function. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

export interface HandlerServer extends AsyncDisposable {
  port: number;
  /** The errors that the handler threw, without duplicate messages. */
  errors: readonly unknown[];
}

/** Thrown when the handler under test throws; the exception is the `cause`. */
export class HandlerError extends Error {
  constructor(thrown: unknown) {
    super(`the handler threw ${explainThrown(thrown)}`, { cause: thrown });
  }
}

function explainThrown(thrown: unknown): string {
  return thrown instanceof Error
    ? String(thrown)
    : inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
}

/** Exceptions of handlers, by the ports of both ends of the connection. */
const thrownOn = new Map<string, HandlerError>();

/** The exception that made the server close a connection, if any. `ports` are those of client and server. */
export function takeHandlerError(ports: string): HandlerError | undefined {
  const error = thrownOn.get(ports);
  thrownOn.delete(ports);
  return error;
}

export async function serveNodeHandler(handler: NodeHandler): Promise<HandlerServer> {
  const errors = new Map<string, unknown>();
  const server = createServer((request, response) => {
    // An unread body would precede the next request on the connection.
    response.once('finish', () => request.resume());
    // A handler that throws sends no response: the run reports that.
    const fail = (thrown: unknown) => {
      const error = new HandlerError(thrown);
      errors.set(error.message, thrown);
      const { remotePort, localPort } = request.socket;
      if (!response.writableFinished) thrownOn.set(`${remotePort} ${localPort}`, error);
      response.destroy();
    };
    try {
      Promise.resolve(handler(request, response)).catch(fail);
    } catch (error) {
      fail(error);
    }
  });
  // A half-closed client gets its response, for which the server is responsible, not the handler.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');
  return {
    port: address.port,
    get errors() {
      return [...errors.values()];
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    },
  };
}

export function serveFetchHandler(handler: FetchHandler): Promise<HandlerServer> {
  return serveNodeHandler(async (incoming, outgoing) => {
    // Reads the body first, because a handler may respond without reading it.
    const chunks: Buffer[] = await incoming.toArray();
    const response = await handler(toRequest(incoming, Buffer.concat(chunks)));
    // Accepts a `Response` of another implementation, too.
    if (!isRecord(response) || !(Symbol.iterator in Object(response.headers)))
      throw new TypeError(`The \`fetch\` handler must return a Response, not ${describeValue(response)}.`);
    outgoing.writeHead(response.status, Object.fromEntries(groupHeaders(response)));
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  });
}

function toRequest({ method = 'GET', url, headers, rawHeaders }: IncomingMessage, body: Buffer<ArrayBuffer>): Request {
  const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, index): [string, string] => [
    rawHeaders[2 * index] ?? '',
    rawHeaders[2 * index + 1] ?? '',
  ]);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://${headers.host}${url}`, { method, headers: pairs, body: hasBody ? body : null });
}

/** Each cookie needs a header of its own; the values of other headers have been joined. */
function groupHeaders({ headers }: Response): [string, string | string[]][] {
  const cookies = headers.getSetCookie();
  const others = [...headers].filter(([name]) => name !== 'set-cookie');
  return cookies.length > 0 ? [...others, ['set-cookie', cookies]] : others;
}
