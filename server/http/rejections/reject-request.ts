// Responds to requests that do not reach the app, or of which only the beginning does, in the error format of the
// contract and with a log line like that of any other request.
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { type AddCorsHeaders, corsHeadersFor } from '../../edge/cors.ts';
import type { ApiError } from '../../edge/errors.ts';
import { abandon } from '../../edge/exchange/abandoned.ts';
import { type Correlation, clientAddress, correlate, type TrustProxy } from '../../edge/exchange/correlation.ts';
import { Exchange } from '../../edge/exchange/exchange.ts';
import { bundledVersions } from '../../edge/exchange/live-versions.ts';
import { CLOSED_TOO_EARLY } from '../../edge/log/log-line.ts';
import { JSON_TYPE } from '../../edge/steps/write-response.ts';
import { describeTarget } from '../../text/describe-client.ts';
import { endAndLinger } from '../connections/linger.ts';
import type { PendingResponse } from '../connections/pending-response.ts';
import type { RequestLine } from './request-line.ts';

/** The message of the log lines. */
const REJECTED = 'request rejected';

export type RejectionLog = Pick<Logger, 'info'>;

export interface RejectOptions {
  /** Whether the connection is closed after the response. */
  close?: boolean;
  /** The error code of Node's parser. */
  code?: string | undefined;
  /** Decides which proxies may set `X-Request-Id`. */
  trusts?: TrustProxy | undefined;
  /** Adds the CORS headers that the app would add. */
  addCorsHeaders?: AddCorsHeaders | undefined;
}

/** Responds to a request before or instead of the app. */
export function rejectRequest(
  response: PendingResponse,
  error: ApiError,
  log: RejectionLog,
  { close = false, code, trusts, addCorsHeaders }: RejectOptions = {},
): void {
  const body = JSON.stringify(error.body);
  abandon(response);
  // A request that has reached the app already has an ID, and gets its log line there.
  const exchange = findExchange(response);
  if (exchange) {
    exchange.errorType = error.type;
    exchange.result = error;
    exchange.rejection = { code, reason: error.message };
  } else {
    const { method = '', url = '' } = response.req;
    const correlation = correlate(response.req, trusts);
    const line = { method, path: describeTarget(url), address: clientAddress(response.req, trusts) };
    logRejection(log, error, correlation, line, code);
    addCorsHeaders?.(response.req, response, () => {});
    response.setHeader('X-Request-Id', correlation.requestId);
    const version = bundledVersions.named(response.req.headers['sequence-version']);
    for (const { name, value } of bundledVersions.headersOf(version)) response.setHeader(name, value);
  }
  response.writeHead(error.status, {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    ...(close && { Connection: 'close' }),
  });
  response.end(body);
}

export interface RejectOnSocketOptions extends Pick<RejectOptions, 'code' | 'addCorsHeaders'> {
  /** The request line, as far as it is known; otherwise the response to HEAD would have a body. */
  line?: RequestLine | undefined;
  /** The value of the Origin field, as far as it is known; otherwise the response has no CORS headers. */
  origin?: string | undefined;
}

/** Writes a response with status 400 on a connection for which Node has no response object, and closes it. */
export function rejectOnSocket(
  socket: Socket,
  error: ApiError,
  log: RejectionLog,
  { line, code, origin, addCorsHeaders }: RejectOnSocketOptions = {},
): void {
  const requestId = randomUUID();
  logRejection(log, error, { requestId, traceId: undefined }, { ...line, address: socket.remoteAddress }, code);
  const body = JSON.stringify(error.body);
  const corsHeaders = origin !== undefined && addCorsHeaders ? corsHeadersFor(origin, addCorsHeaders) : [];
  const head = [
    'HTTP/1.1 400 Bad Request',
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    `Sequence-Version: ${bundledVersions.newest}`,
    `X-Request-Id: ${requestId}`,
    ...Array.from(corsHeaders, ([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  endAndLinger(socket, [...head, '', line?.method === 'HEAD' ? '' : body].join('\r\n'));
}

/** Logs a request whose connection was reset in the middle of its header, so that there is nobody to respond to. */
export function logReset(log: RejectionLog, line: RequestLine, address: string | undefined): void {
  const reason = 'The connection was reset before the end of the request.';
  const requestId = randomUUID();
  log.info({ requestId, ...line, address, status: null, code: 'ECONNRESET', reason, aborted: 'upload' }, REJECTED);
}

/** Returns the exchange of a request, or undefined if it was rejected before it reached the app. */
function findExchange(response: PendingResponse): Exchange | undefined {
  const locals = 'locals' in response ? response.locals : undefined;
  const exchange = typeof locals === 'object' && locals !== null && 'exchange' in locals ? locals.exchange : undefined;
  return exchange instanceof Exchange ? exchange : undefined;
}

function logRejection(
  log: RejectionLog,
  { type, status, message }: ApiError,
  correlation: Correlation,
  line: Partial<RequestLine> & { address: string | undefined },
  code?: string,
): void {
  const aborted = code === CLOSED_TOO_EARLY ? 'upload' : undefined;
  log.info({ ...correlation, ...line, status, errorType: type, code, reason: message, aborted }, REJECTED);
}
