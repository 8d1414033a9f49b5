// Checks the header of a request by the rules of HTTP that Node's parser leaves to the server, before the app sees it.
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../edge/errors.ts';
import { FIELD_LIMIT, TOO_MANY_FIELDS } from '../field-limit.ts';
import { isHostAndPort } from './host.ts';
import { parseTarget } from './request-target.ts';

/** The reason why a request does not reach the app. */
export interface Rejection {
  error: ApiError;
  /** Whether client and server may disagree about the end of this request, so that the connection must close. */
  isFramingInvalid?: boolean;
}

/**
 * Returns the first reason to reject a request. Every reason is an `InvalidRequest`, even if HTTP defines a more
 * specific status (421, 431, 501, 505), because the contract declares no other. Only `OPTIONS *` is valid and gets
 * `NotFound`. The target of a valid request is reduced to origin form: `request.url` is a path, perhaps with a query.
 */
export function checkRequest(request: IncomingMessage): Rejection | undefined {
  return checkVersion(request) ?? checkTransferCoding(request) ?? checkFields(request) ?? checkTarget(request);
}

/** Returns the rejection of a request with RTSP or ICE as its protocol. */
export function otherProtocol(): Rejection {
  return invalid('The request line does not name HTTP/1.1. Only HTTP is supported.', true);
}

/** Rejects the versions 0.9 and 2.0, which Node's parser accepts although they have another syntax. */
function checkVersion({ httpVersionMajor: major, httpVersion }: IncomingMessage): Rejection | undefined {
  if (major === 1) return undefined;
  return invalid(`HTTP/${httpVersion} is not supported on this connection. Use HTTP/1.1.`, true);
}

/**
 * RFC 9112, section 6.1: an unknown transfer coding is an error, and any in HTTP/1.0 makes the framing faulty. Node's
 * parser looks only at the last coding, so `gzip, chunked` would reach the app compressed, and a proxy in front of this
 * server could read a different body.
 */
function checkTransferCoding({ headers, httpVersionMinor: minor }: IncomingMessage): Rejection | undefined {
  const codings = headers['transfer-encoding'];
  if (codings === undefined) return undefined;
  if (minor === 0) return invalid('HTTP/1.0 has no Transfer-Encoding. Send a Content-Length.', true);
  if (codings.toLowerCase() === 'chunked') return undefined;
  return invalid('The only Transfer-Encoding that is supported is chunked, once.', true);
}

/** RFC 9112, section 3.2: a request has exactly one valid Host field, which only HTTP/1.0 may omit. */
function checkFields({ rawHeaders, headers, httpVersionMinor: minor }: IncomingMessage): Rejection | undefined {
  if (rawHeaders.length > FIELD_LIMIT * 2) return invalid(TOO_MANY_FIELDS, true);
  const repeated = findRepeated(rawHeaders);
  if (repeated !== undefined) return invalid(`The request has more than one ${repeated} header.`);
  if (headers.host === undefined) return minor === 0 ? undefined : invalid('The request has no Host header.');
  return isHostAndPort(headers.host) ? undefined : invalid('The Host header is not a host, or a host and a port.');
}

/**
 * Fields that are not lists, so a request may have them only once (RFC 9110, section 5.3), keyed by the length of their
 * name. Node keeps the first of several in `headers`, while a proxy may use another. Node itself rejects a repeated
 * Content-Length.
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
  // RFC 9112, section 3.2.4: the target * is for OPTIONS, about the server as a whole, which has nothing to report.
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
