// Responds to client errors: invalid HTTP, a header that is too large, a body that does not arrive, and CONNECT.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { AddCorsHeaders } from '../../edge/cors.ts';
import { ApiError } from '../../edge/errors.ts';
import { describeTarget } from '../../text/describe-client.ts';
import type { Connections } from '../connections/connections.ts';
import { endAndLinger } from '../connections/linger.ts';
import { closesConnection, type PendingResponse } from '../connections/pending-response.ts';
import { afterReading } from '../connections/reading/read-arrived.ts';
import type { Timeouts } from '../connections/timeouts.ts';
import { FIELD_LIMIT, TOO_MANY_FIELDS } from '../field-limit.ts';
import { findOrigin } from './find-origin.ts';
import { logReset, type RejectionLog, rejectOnSocket, rejectRequest } from './reject-request.ts';
import { findRequestLine, type RequestLine } from './request-line.ts';
import { UNKNOWN_METHOD } from './unknown-method.ts';

/** An error of Node's parser, or of the connection. */
interface ClientError extends Error {
  code?: string;
  /** The parser's message, which contains nothing that the client sent. */
  reason?: string;
  /** The last chunk that the parser received, and the number of its bytes that were valid. */
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** Node's error code for a request that did not arrive in time. */
const TIMED_OUT = 'ERR_HTTP_REQUEST_TIMEOUT';
/** The time in milliseconds until a connection is read again whose time-out fired before its turn. */
const TURN_MS = 100;

const FRAMING_TRAILER = 'The trailers of the body contain a Transfer-Encoding or a Content-Length (RFC 9110, 6.5.1).';
const SPACE_IN_TARGET = /^\s*\S+ +\S+ [^\n]*\S +HTTP\//;
const TARGET_WITH_SPACE = 'The target in the request line contains a space. Send it as %20.';

/** Reasons that the parser reports while it reads fields, before the header is complete. */
const FRAMING_ERRORS = [
  "Content-Length can't be present with Transfer-Encoding",
  "Transfer-Encoding can't be present with Content-Length",
  'Invalid `Transfer-Encoding` header value',
];
const MANY_TRAILERS = `there are more than ${FIELD_LIMIT} trailers`;

/** Messages, keyed by the code of Node's parser, or by its reason if the code is ambiguous. */
const MESSAGES = new Map([
  ['HPE_INVALID_METHOD', UNKNOWN_METHOD],
  ['HPE_INVALID_CONSTANT', 'The request line has an unknown method or HTTP version.'],
  ['HPE_HEADER_OVERFLOW', 'The header of the request is larger than 16 KiB.'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'The chunk extensions of the body are larger than 16 KiB.'],
  ['HPE_INVALID_EOF_STATE', 'The connection was closed before the end of the request.'],
  // HTTP/1.2, and `chunked` followed by an empty element, are valid, but Node's parser does not accept them.
  ['Invalid HTTP version', 'The version in the request line is not supported. Use HTTP/1.1.'],
  [
    'HPE_INVALID_TRANSFER_ENCODING',
    'The Transfer-Encoding must be "chunked" alone, without a comma or tab behind it, and without a Content-Length.',
  ],
  ['HPE_PAUSED_H2_UPGRADE', 'HTTP/2 is not supported on this connection. Use HTTP/1.1.'],
  [TIMED_OUT, 'The request did not arrive in time.'],
]);

interface ClientErrorsOptions {
  log: RejectionLog;
  timeouts: Pick<Timeouts, 'requestMs' | 'headerMs'>;
  /** Adds the CORS headers that the app would add. */
  addCorsHeaders: AddCorsHeaders | undefined;
}

/** The parts of a request without a response object that its response and its log line need. */
interface RejectedRequest {
  line: RequestLine | undefined;
  /** The value of the Origin field. */
  origin: string | undefined;
}

/** Responds to client errors, after the pending responses to earlier requests of the connection. */
export class ClientErrors {
  readonly #connections: Connections;
  readonly #log: RejectionLog;
  readonly #addCorsHeaders: AddCorsHeaders | undefined;
  /** The time in milliseconds for the body of a request, after the time-out for its header. */
  readonly #bodyMs: number;
  /** The connections that were rejected, on which every further byte causes another error. */
  readonly #rejected = new WeakSet<Socket>();

  constructor(connections: Connections, { log, timeouts, addCorsHeaders }: ClientErrorsOptions) {
    this.#bodyMs = Math.max(0, timeouts.requestMs - timeouts.headerMs);
    this.#addCorsHeaders = addCorsHeaders;
    this.#connections = connections;
    this.#log = log;
  }

  /** The listener for `clientError`. */
  onError(error: ClientError, socket: Socket): void {
    if (error.code === TIMED_OUT) this.#onTimeout(error, socket);
    else this.#onError(error, socket);
  }

  /**
   * Handles a time-out. The request may have arrived but not been read, because the process was paused or busy. Node
   * reports the time-out of a request only once.
   */
  #onTimeout(error: ClientError, socket: Socket): void {
    const incomplete = this.#connections.incompleteOn(socket);
    const count = this.#connections.requestCountOn(socket);
    this.#connections.readNow(socket);
    afterReading(socket, () => {
      // Too many others were read before it in this tick.
      if (this.#connections.isWaitingToBeRead(socket)) {
        setTimeout(() => this.#onTimeout(error, socket), TURN_MS).unref();
        return;
      }
      const newest = this.#connections.incompleteOn(socket);
      // Empty lines are not a request (RFC 9112, section 2.2), and Node does not report the time-out of the next
      // request.
      const hasArrived = incomplete !== undefined || this.#connections.requestCountOn(socket) > count;
      const isComplete = !newest && this.#connections.pendingHeaderOn(socket).trim() === '';
      if (hasArrived && isComplete) return;
      // The header has arrived, so the time-out of the whole request applies.
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
      // A request that has begun has its own log line.
      const line = findRequestLine(this.#connections.pendingHeaderOn(socket));
      if (line && !this.#rejected.has(socket)) logReset(this.#log, line, this.#connections.addressOf(socket));
      socket.destroy();
      return;
    }
    // RFC 9112, section 9.6: data after a request with `Connection: close` is not a request. Neither is data after the
    // last response.
    if (code === 'HPE_CLOSED_CONNECTION' || this.#rejected.has(socket) || !socket.writable) return;
    if (this.#connections.hasEarlyResponse(socket)) {
      this.#rejected.add(socket);
      endAndLinger(socket);
      return;
    }
    const header = this.#connections.pendingHeaderOn(socket, rawPacket, bytesParsed);
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    // Browsers and connection pools connect early. They would take a response for that to a later request.
    if (code === TIMED_OUT && pendingResponses.length === 0 && header.trim() === '') {
      endAndLinger(socket);
      return;
    }
    const isInBody = pendingResponses.some(({ req }) => !req.complete);
    const needsOrigin = this.#addCorsHeaders !== undefined && !isInBody;
    const origin = needsOrigin ? findOrigin(this.#connections.arrivedHeaderOn(socket, bytesParsed)) : undefined;
    this.#reject(socket, describeError(error, header, isInBody), { line: findRequestLine(header), origin }, code);
  }

  /**
   * Must be called when the client has half-closed the connection within a request, and Node's parser has not noticed.
   */
  onTruncated(socket: Socket): void {
    this.onError(Object.assign(new Error('The request is truncated.'), { code: 'HPE_INVALID_EOF_STATE' }), socket);
  }

  /** The listener for `connect`. Node hands the connection over, and would close it without a response. */
  onConnect({ method = '', url = '', headers: { origin } }: IncomingMessage, socket: Socket): void {
    const line = { method, path: describeTarget(url) };
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    // Node does this itself for all other connections.
    socket.once('close', () => {
      for (const response of pendingResponses) response.destroy();
    });
    this.#reject(socket, 'This server is not a proxy, so it does not support CONNECT.', { line, origin });
  }

  #reject(socket: Socket, message: string, request: RejectedRequest, code?: string): void {
    if (this.#rejected.has(socket)) return;
    this.#rejected.add(socket);
    const error = new ApiError('InvalidRequest', { message });
    const options = { code, addCorsHeaders: this.#addCorsHeaders };
    const pendingResponses = this.#connections.pendingResponsesOn(socket);
    const unfinished = pendingResponses.find(({ req }) => !req.complete);
    const earlier = pendingResponses.filter((response) => response !== unfinished);
    afterAll(earlier, () => {
      // An earlier response has already announced the end of the connection, so none may follow.
      if (earlier.some(closesConnection)) endAndLinger(socket);
      // Its response is still waiting for the earlier ones.
      else if (unfinished?.headersSent) afterAll([unfinished], () => endAndLinger(socket));
      else if (unfinished) rejectRequest(unfinished, error, this.#log, { close: true, ...options });
      else if (socket.writable) rejectOnSocket(socket, error, this.#log, { ...request, ...options });
    });
  }
}

function describeError({ code = '', reason }: ClientError, header: string, isInBody: boolean): string {
  if (code === 'HPE_HEADER_OVERFLOW') {
    // Node counts the bytes of header and trailers together, but their fields separately.
    if (isInBody)
      return `The header of the request and the trailers of its body are larger than 16 KiB, or ${MANY_TRAILERS}.`;
    if (hasTooManyFields(header)) return TOO_MANY_FIELDS;
  }
  if (isInBody && FRAMING_ERRORS.includes(reason ?? '')) return FRAMING_TRAILER;
  if (code === 'HPE_INVALID_CONSTANT' && SPACE_IN_TARGET.test(header)) return TARGET_WITH_SPACE;
  const known = MESSAGES.get(code) ?? MESSAGES.get(reason ?? '');
  if (known !== undefined) return known;
  // The parser also rejects some valid requests, such as those with a space before a chunk extension.
  return reason ? `The request cannot be read as HTTP/1.1: ${reason}.` : 'The request cannot be read as HTTP/1.1.';
}

/** Returns whether this partial header, which begins with the request line, has too many fields. */
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
    // Prepended, because Node's own listener closes the connection of a half-closed client after its last response.
    response.prependOnceListener('finish', end);
    // `finish` is not emitted if the connection is lost.
    response.once('close', end);
  }
}
