// The IDs that identify a request across systems: the one of a proxy in front of this server, and the one of a trace.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describeAddress } from '../../text/describe-client.ts';
import { UUID } from '../../text/uuid.ts';

export interface Correlation {
  /** The value of the response header `X-Request-Id`. */
  requestId: string;
  /** The trace ID in the request header `traceparent`, if that is valid. */
  traceId: string | undefined;
}

/** Returns whether a proxy at this address is trusted. Express compiles the function from `trust proxy`. */
export type TrustProxy = (address: string, hop: number) => boolean;

/** W3C Trace Context, section 3.2: version, trace ID, parent ID, flags. Versions after 00 may add fields. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/**
 * Returns the IDs of a request. `X-Request-Id` is kept, in lower case, if it is a UUID from a trusted proxy. Otherwise
 * the request gets a new ID, because a client could make two requests look like one.
 */
export function correlate({ headers, socket }: IncomingMessage, trusts?: TrustProxy): Correlation {
  const { 'x-request-id': given, traceparent } = headers;
  const isKept = typeof given === 'string' && UUID.test(given) && trusts?.(socket.remoteAddress ?? '', 0) === true;
  return {
    requestId: isKept ? given.toLowerCase() : randomUUID(),
    traceId: typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined,
  };
}

/** Returns the client address: the last untrusted one in `X-Forwarded-For`, or that of the connection. */
export function clientAddress({ headers, socket }: IncomingMessage, trusts?: TrustProxy): string | undefined {
  const forwarded = [headers['x-forwarded-for'] ?? ''].flat().join().split(',');
  const hops = [socket.remoteAddress ?? '', ...forwarded.map((each) => each.trim()).reverse()];
  const known = hops.filter((each) => each !== '');
  const at = known.findIndex((address, hop) => trusts?.(address, hop) !== true);
  const address = known.at(at);
  return address === undefined ? undefined : describeAddress(address);
}

function traceIdOf(traceparent: string): string | undefined {
  const [, version, traceId = '', parentId = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  const isValid = version !== 'ff' && !(version === '00' && more !== undefined);
  return isValid && /[^0]/.test(traceId) && /[^0]/.test(parentId) ? traceId : undefined;
}
