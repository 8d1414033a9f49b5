// What HTTP asks of the header of a request, checked before the app sees it. Node's parser leaves these checks to the
// server.
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../edge/errors.ts';
import { isHostAndPort } from './host.ts';
import { parseTarget } from './request-target.ts';

/** Why a request does not reach the app. */
export interface Rejection {
  error: ApiError;
  /** The end of this request may not be what its client means, so the connection closes. */
  isFramingInvalid?: boolean;
}

/**
 * Header fields of a request, and trailer fields of its body: the default of Apache httpd, Tomcat and HAProxy. 16 KiB
 * have room for 4,000, which take many times their bytes as objects.
 */
export const FIELD_LIMIT = 100;
export const TOO_MANY_TRAILERS = `The body has more than ${FIELD_LIMIT} trailers.`;
export const TOO_MANY_FIELDS = `The request has more than ${FIELD_LIMIT} header fields.`;

/**
 * Finds the first reason to reject a request. Every one is `InvalidRequest`, also where HTTP has a status of its own
 * (421, 431, 501, 505), because the contract declares no other. A request that passes has its target in origin form:
 * `request.url` is a path, perhaps with a query.
 */
export function checkRequest(request: IncomingMessage): Rejection | undefined {
  return checkVersion(request) ?? checkTransferCoding(request) ?? checkFields(request) ?? checkTarget(request);
}

/** The rejection of a request that names RTSP or ICE. */
export function otherProtocol(): Rejection {
  return invalid('The request line does not name HTTP/1.1. Only HTTP is supported.', true);
}

/** Node's parser also lets 0.9 and 2.0 pass, which are not written like this. */
function checkVersion({ httpVersionMajor: major, httpVersion }: IncomingMessage): Rejection | undefined {
  if (major === 1) return undefined;
  return invalid(`HTTP/${httpVersion} is not supported on this connection. Use HTTP/1.1.`, true);
}

/**
 * RFC 9112, section 6.1: a coding that the server does not know is an error, and one in HTTP/1.0 makes the framing
 * faulty. Node's parser looks only at the last coding, so `gzip, chunked` would reach the app compressed, and a proxy
 * in front of this server could read another body.
 */
function checkTransferCoding({ headers, httpVersionMinor: minor }: IncomingMessage): Rejection | undefined {
  const codings = headers['transfer-encoding'];
  if (codings === undefined) return undefined;
  if (minor === 0) return invalid('HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.', true);
  if (codings.toLowerCase() === 'chunked') return undefined;
  return invalid('The only Transfer-Encoding that is supported is chunked, once.', true);
}

/** RFC 9112, section 3.2: a request has exactly one valid Host, which only HTTP/1.0 may leave out. */
function checkFields({ rawHeaders, headers, httpVersionMinor: minor }: IncomingMessage): Rejection | undefined {
  if (rawHeaders.length > FIELD_LIMIT * 2) return invalid(TOO_MANY_FIELDS, true);
  const repeated = findRepeated(rawHeaders);
  if (repeated !== undefined) return invalid(`The request has more than one ${repeated} header.`);
  if (headers.host === undefined) return minor === 0 ? undefined : invalid('The request has no Host header.');
  return isHostAndPort(headers.host ?? '')
    ? undefined
    : invalid('The Host header is not a host, or a host and a port.');
}

/**
 * Fields that are no lists, so a request has them once at most (RFC 9110, section 5.3), by their length. Node keeps the
 * first of several in `headers`, and a proxy may have looked at another. It rejects several lengths itself.
 */
const SINGLE = new Map(['Host', 'Content-Type', 'Authorization'].map((name) => [name.length, name]));

function findRepeated(rawHeaders: string[]): string | undefined {
  let found: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const single = SINGLE.get(name.length);
    if (single === undefined || name.toLowerCase() !== single.toLowerCase()) continue;
    if (found?.includes(single)) return single;
    found ??= [];
    found.push(single);
  }
  return undefined;
}

const NOT_A_PATH = 'The request target * stands for the whole server, about which OPTIONS returns nothing. Use a path.';

function checkTarget(request: IncomingMessage): Rejection | undefined {
  const { method, url = '', headers } = request;
  // RFC 9112, section 3.2.4. It asks about the server as a whole, of which there is nothing to say.
  if (url === '*')
    return method === 'OPTIONS'
      ? { error: new ApiError('NotFound', { message: NOT_A_PATH }) }
      : invalid('The request target * is for OPTIONS.');
  const target = parseTarget(url);
  if (typeof target === 'string') return invalid(target);
  request.url = target.url;
  if (target.authority !== undefined) headers.host = target.authority;
  return undefined;
}

function invalid(message: string, isFramingInvalid = false): Rejection {
  return { error: new ApiError('InvalidRequest', { message }), isFramingInvalid };
}
