// Responds to client errors: bytes that are not HTTP, a header that is too large, a body that does not arrive, CONNECT.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from '../edge/errors.ts';
import { describeTarget } from '../text/describe-client.ts';
import { FIELD_LIMIT, TOO_MANY_FIELDS } from './check-request.ts';
import type { Connections } from './connections/connections.ts';
import { endAndLinger } from './connections/linger.ts';
import { closesConnection, type PendingResponse } from './connections/pending-response.ts';
import { afterReading } from './connections/read-arrived.ts';
import type { Timeouts } from './connections/timeouts.ts';
import { logReset, type RefusalLog, refuse, refuseOnSocket } from './refuse.ts';
import { findRequestLine, type RequestLine } from './request-line.ts';
import { UNKNOWN_METHOD } from './unknown-method.ts';

/** An error of Node's parser, or of the connection. */
interface ClientError extends Error {
  code?: string;
  /** The parser's message, without anything that the client sent. */
  reason?: string;
  /** The chunk that the parser got last, and how much of it was valid. */
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** The code of Node for a request that did not arrive in time. */
const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';

const FRAMING_TRAILER = 'The trailers of the body contain a Transfer-Encoding or a Content-Length (RFC 9110, 6.5.1).';
const SPACE_IN_TARGET = /^\s*\S+ +\S+ [^\n]*\S +HTTP\//;
const TARGET_WITH_SPACE = 'The target in the request line contains a space. Send it as %20.';

/** Reasons of the parser while it reads fields, so not those of the finished header. */
const FRAMING_ERRORS = [
  "Content-Length can't be present with Transfer-Encoding",
  "Transfer-Encoding can't be present with Content-Length",
  'Invalid `Transfer-Encoding` header value',
];
const MANY_TRAILERS = `there are more than ${FIELD_LIMIT} trailers`;

/** By the code of Node's parser, or by its reason where others have the same code. */
const MESSAGES = new Map([
  ['HPE_INVALID_METHOD', UNKNOWN_METHOD],
  ['HPE_INVALID_CONSTANT', 'The method or the version in the request line is not one of HTTP.'],
  ['HPE_HEADER_OVERFLOW', 'The header of the request is larger than 16 KiB.'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'The chunk extensions of the body are larger than 16 KiB.'],
  ['HPE_INVALID_EOF_STATE', 'The connection was closed before the end of the request.'],
  // HTTP/1.2, and `chunked` with an empty element behind it, are valid. Node's parser does not take them.
  ['Invalid HTTP version', 'The version in the request line is not supported. Use HTTP/1.1.'],
  [
    'HPE_INVALID_TRANSFER_ENCODING',
    'The Transfer-Encoding must be "chunked" alone, without a comma or tab behind it, and without a Content-Length.',
  ],
  ['HPE_PAUSED_H2_UPGRADE', 'HTTP/2 is not supported on this connection. Use HTTP/1.1.'],
  [TIMED_OUT, 'The request did not arrive in time.'],
]);

/** Responds to client errors, after the pending responses to earlier requests of the connection. */
export class ClientErrors {
  readonly #connections: Connections;
  readonly #log: RefusalLog;
  /** Milliseconds that a request has for its body, after its header was late. */
  readonly #bodyMs: number;
  /** Connections that were rejected: every further byte on one is an error again. */
  readonly #refused = new WeakSet<Socket>();

  constructor(connections: Connections, log: RefusalLog, { requestMs, headerMs }: Timeouts) {
    this.#bodyMs = Math.max(0, requestMs - headerMs);
    this.#connections = connections;
    this.#log = log;
  }

  /** Listens for `clientError`. */
  onError(error: ClientError, socket: Socket): void {
    if (error.code === TIMED_OUT) this.#onTimeout(error, socket);
    else this.#onError(error, socket);
  }

  /**
   * The request may have arrived, and was not read yet: the process was paused or busy. Node reports the time-out of a
   * request once.
   */
  #onTimeout(error: ClientError, socket: Socket): void {
    const incomplete = this.#connections.incompleteOn(socket);
    const count = this.#connections.requestCountOn(socket);
    this.#connections.readNew(socket);
    afterReading(socket, () => {
      const newest = this.#connections.incompleteOn(socket);
      // Empty lines are no request (RFC 9112, section 2.2), and Node does not report the time-out of the next one.
      const hasArrived = incomplete !== undefined || this.#connections.requestCountOn(socket) > count;
      const isComplete = !newest && this.#connections.pendingHeaderOn(socket).trim() === '';
      if (hasArrived && isComplete) return;
      // Its header was there, so the time-out of the whole request applies.
      if (newest && newest !== incomplete)
        setTimeout(() => {
          if (this.#connections.incompleteOn(socket) === newest) this.#onTimeout(error, socket);
        }, this.#bodyMs).unref();
      else this.#onError(error, socket);
    });
  }

  #onError(error: ClientError, socket: Socket): void {
    const { code = 'unknown', rawPacket, bytesParsed = 0 } = error;
    if (code === 'ECONNRESET') {
      // Requests that have begun have lines of their own.
      const line = findRequestLine(this.#connections.pendingHeaderOn(socket));
      if (line && !this.#refused.has(socket)) logReset(this.#log, line, this.#connections.addressOf(socket));
      socket.destroy();
      return;
    }
    // RFC 9112, section 9.6: what arrives after a request with `Connection: close` is no request. Nor is what arrives
    // after the last response.
    if (code === 'HPE_CLOSED_CONNECTION' || this.#refused.has(socket) || !socket.writable) return;
    if (this.#connections.hasEarlyResponse(socket)) {
      this.#refused.add(socket);
      endAndLinger(socket);
      return;
    }
    const header = this.#connections.pendingHeaderOn(socket, rawPacket, bytesParsed);
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    // Browsers and pools connect ahead. A response would be taken for that to a request that is sent later.
    if (code === TIMED_OUT && pendingResponses.length === 0 && header.trim() === '') {
      endAndLinger(socket);
      return;
    }
    const isInBody = pendingResponses.some(({ req }) => !req.complete);
    this.#refuse(socket, describeError(error, header, isInBody), code, () => findRequestLine(header));
  }

  /**
   * To be called when the client has half-closed the connection inside a request, and Node's parser has not noticed.
   */
  onTruncated(socket: Socket): void {
    this.onError(Object.assign(new Error('The request is truncated.'), { code: 'HPE_INVALID_EOF_STATE' }), socket);
  }

  /** Listens for `connect`: Node hands the connection over, and would close it without a response. */
  onConnect({ method = '', url = '' }: IncomingMessage, socket: Socket): void {
    const line = { method, path: describeTarget(url) };
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    // Node does this for every other connection.
    socket.once('close', () => {
      for (const response of pendingResponses) response.destroy();
    });
    this.#refuse(socket, 'This server is not a proxy, so it does not support CONNECT.', undefined, () => line);
  }

  #refuse(socket: Socket, message: string, code: string | undefined, lineOf: () => RequestLine | undefined): void {
    if (this.#refused.has(socket)) return;
    this.#refused.add(socket);
    const error = new ApiError('InvalidRequest', { message });
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    const unfinished = pendingResponses.find(({ req }) => !req.complete);
    const earlier = pendingResponses.filter((response) => response !== unfinished);
    afterAll(earlier, () => {
      // The end of the connection was announced already: no response may follow.
      if (earlier.some(closesConnection)) endAndLinger(socket);
      // Its response was waiting for the earlier ones.
      else if (unfinished?.headersSent) afterAll([unfinished], () => endAndLinger(socket));
      else if (unfinished) refuse(unfinished, error, this.#log, { close: true, code });
      else if (socket.writable) refuseOnSocket(socket, error, this.#log, lineOf(), code);
    });
  }
}

function describeError({ code = '', reason }: ClientError, header: string, isInBody: boolean): string {
  if (code === 'HPE_HEADER_OVERFLOW') {
    // Node counts the bytes of the trailers with those of the header, and their fields apart.
    if (isInBody)
      return `The header of the request and the trailers of its body are larger than 16 KiB, or ${MANY_TRAILERS}.`;
    if (hasTooManyFields(header)) return TOO_MANY_FIELDS;
  }
  if (isInBody && FRAMING_ERRORS.includes(reason ?? '')) return FRAMING_TRAILER;
  if (code === 'HPE_INVALID_CONSTANT' && SPACE_IN_TARGET.test(header)) return TARGET_WITH_SPACE;
  const known = MESSAGES.get(code) ?? MESSAGES.get(reason ?? '');
  if (known !== undefined) return known;
  // The parser also refuses some valid requests, such as those with a space before the extension of a chunk.
  return reason ? `The request cannot be read as HTTP/1.1: ${reason}.` : 'The request cannot be read as HTTP/1.1.';
}

/** Whether this part of a header, from the request line on, has more fields than are supported. */
function hasTooManyFields(header: string): boolean {
  return header.trimStart().split('\n').length - 1 > FIELD_LIMIT;
}

function afterAll(pendingResponses: PendingResponse[], then: () => void): void {
  const left = new Set(pendingResponses);
  if (left.size === 0) then();
  for (const response of pendingResponses) {
    const end = () => {
      if (left.delete(response) && left.size === 0) then();
    };
    // Before Node's own listener, which closes the connection of a half-closed client after its last response.
    response.prependOnceListener('finish', end);
    // The connection may be lost.
    response.once('close', end);
  }
}
