// Answers what never becomes a request, or never becomes whole: bytes that are not HTTP, a header that is too large, a body that does not arrive. Express sees none of it.
import type { Socket } from 'node:net';
import { v7 as newId } from 'uuid';
import { ApiError } from '../edge/errors.ts';
import { NEWEST } from '../edge/exchange.ts';
import { JSON_TYPE } from '../edge/write-response.ts';
import type { Connections, Owed } from './connections.ts';

/** What is told of a refusal: never what the client sent. */
export interface Refusal {
  /** As in the `X-Request-Id` header of the answer. */
  requestId: string;
  /** The HTTP status of the answer. */
  status: number;
  /** Node's code of the error. */
  code: string;
}

type ClientError = Error & { code?: string };

const SENTENCES = new Map([
  ['CONNECT', 'This server is no proxy.'],
  ['HPE_HEADER_OVERFLOW', 'The header of the request is larger than 16 KiB.'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'The request did not arrive in time.'],
]);

/** How long a client that was refused may take to read the answer and close. */
const LINGER_MS = 1000;

/** A listener for `clientError`. The answer has the envelope of the contract, and comes after the answers that the connection is owed for requests that did arrive. */
export function answerNonsense(connections: Connections, onRefused: (refusal: Refusal) => void) {
  // Every further byte on such a connection is an error again.
  const seen = new WeakSet<Socket>();
  return (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    if (seen.has(socket)) return;
    seen.add(socket);
    if (connections.isAhead(socket)) {
      socket.destroySoon();
      return;
    }
    const owed = connections.owedOn(socket);
    const unfinished = owed.find(({ req }) => !req.complete);
    const answerable = owed.filter((response) => response !== unfinished);
    afterAll(answerable, () => {
      if (unfinished?.headersSent) socket.destroySoon();
      else if (unfinished) refuse(unfinished, sentenceFor(error));
      else if (socket.writable) onRefused(endWith(socket, error));
    });
  };
}

/** Ends an exchange before, or instead of, the app. */
export function refuse(response: Owed, message: string): void {
  const known = new ApiError('InvalidRequest', { message });
  const body = JSON.stringify(known.body);
  // The app, if the request has reached it, has named it already, and adds these headers itself.
  if (!('locals' in response)) {
    response.setHeader('X-Request-Id', newId());
    response.setHeader('Sequence-Version', NEWEST);
  }
  response.writeHead(known.status, {
    'Content-Type': JSON_TYPE,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

function sentenceFor(error: ClientError): string {
  return SENTENCES.get(error.code ?? '') ?? 'The request is not valid HTTP.';
}

function afterAll(owed: Owed[], then: () => void): void {
  let left = owed.length;
  if (left === 0) then();
  for (const response of owed) response.once('close', () => --left === 0 && then());
}

function endWith(socket: Socket, error: ClientError): Refusal {
  const known = new ApiError('InvalidRequest', { message: sentenceFor(error) });
  const requestId = newId();
  const body = JSON.stringify(known.body);
  const head = [
    `HTTP/1.1 ${known.status} Bad Request`,
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Sequence-Version: ${NEWEST}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end([...head, '', body].join('\r\n'));
  // A client that never closes its side would keep the connection for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  return { requestId, status: known.status, code: error.code ?? 'unknown' };
}
