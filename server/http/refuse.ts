// Responses to requests that the app does not get: in the envelope of the contract, with a line in the log like that of
// any other request.
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { v7 as newId } from 'uuid';
import type { ApiError } from '../edge/errors.ts';
import { NEWEST } from '../edge/exchange.ts';
import { abandon } from '../edge/write-error.ts';
import { JSON_TYPE } from '../edge/write-response.ts';
import type { Owed } from './connections.ts';
import { endAndLinger } from './linger.ts';
import { describeTarget, type RequestLine } from './request-line.ts';

export type RefusalLog = Pick<Logger, 'info'>;

/**
 * Responds to a request before, or instead of, the app.
 *
 * @param options.close whether the connection is closed behind the response
 */
export function refuse(response: Owed, error: ApiError, log: RefusalLog, { close = false } = {}): void {
  const body = JSON.stringify(error.body);
  abandon(response);
  // A request that has reached the app has its ID, and its line in the log, from there.
  if (!('locals' in response)) {
    const { method = '', url = '' } = response.req;
    const requestId = logRefusal(log, error, { method, path: describeTarget(url) });
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('Sequence-Version', NEWEST);
  }
  response.writeHead(error.status, {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    ...(close && { Connection: 'close' }),
  });
  response.end(body);
}

/**
 * Writes a response on a connection for which Node has no response object, and closes it.
 *
 * @param line of the request, as far as it is known; without it, a response to HEAD would have a body
 */
export function refuseOnSocket(
  socket: Socket,
  error: ApiError,
  log: RefusalLog,
  line?: RequestLine,
  code?: string,
): void {
  const requestId = logRefusal(log, error, line, code);
  const body = JSON.stringify(error.body);
  const head = [
    `HTTP/1.1 ${error.status} Bad Request`,
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    `Sequence-Version: ${NEWEST}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  endAndLinger(socket, [...head, '', line?.method === 'HEAD' ? '' : body].join('\r\n'));
}

function logRefusal(log: RefusalLog, error: ApiError, line?: RequestLine, code?: string): string {
  const requestId = newId();
  log.info({ requestId, ...line, status: error.status, code, reason: error.message }, 'request refused');
  return requestId;
}
