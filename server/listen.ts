// Listens for an app: time-outs against slow clients, an answer for what is not even HTTP, and an end that cuts nobody off.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { v7 as newId } from 'uuid';
import { apiVersions } from '../generated/operations.ts';
import { ApiError } from './errors.ts';
import { StartupError } from './startup-error.ts';

export interface ListenOptions {
  /** 0: any that is free. */
  port: number;
  host: string;
  /** What to say when the port is taken: how to choose another. */
  portHint: string;
}

export interface Listening {
  /** Such as `http://127.0.0.1:3000`, without a slash at its end. */
  url: string;
  port: number;
  /** Takes no more requests, lets the open ones finish for at most so many milliseconds, then cuts them off. Resolves when all connections are closed. */
  close(timeoutMs: number): Promise<void>;
}

/** A whole request has to arrive within this time, its header within a third of it. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the 60 s after which load balancers commonly drop an idle connection, so that they are the ones to close it. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** Resolves when connections are accepted. @throws StartupError when the port cannot be had */
export async function listen(app: RequestListener, { port, host, portHint }: ListenOptions): Promise<Listening> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS / 3,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: 2_000,
    },
    app,
  );
  server.on('clientError', answerNonsense);
  await new Promise<void>((settle, fail) => {
    server.once('error', (error) => fail(explain(error, port, host, portHint)));
    server.listen(port, host, settle);
  });
  const address = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    close: (timeoutMs) =>
      new Promise((settle) => {
        const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
        server.close(() => {
          clearTimeout(cut);
          settle();
        });
        server.closeIdleConnections();
      }),
  };
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

const NONSENSE = new Map([
  ['HPE_HEADER_OVERFLOW', 'The header of the request is larger than 16 KiB.'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'The request did not arrive in time.'],
]);

/** Node gives up before there is a request, so Express never sees this. The answer has the envelope all the same. */
function answerNonsense(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const message = NONSENSE.get(error.code ?? '') ?? 'The request is not valid HTTP.';
  const known = new ApiError('InvalidRequest', { message });
  const body = JSON.stringify(known.body);
  socket.end(
    [
      `HTTP/1.1 ${known.status} Bad Request`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `Sequence-Version: ${apiVersions.at(-1)}`,
      `X-Request-Id: ${newId()}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
