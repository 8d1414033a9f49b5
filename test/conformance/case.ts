// What a derived case is: one request, the constraint of the contract that it fulfils or breaks, and what has to come of it.

/** A request as it goes over the wire. */
export interface Sent {
  method: string;
  /** Path and query, below the base URL. */
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}

/** Where in a request a fault is, as `error.details` names it. */
export interface Place {
  in: 'body' | 'header' | 'path' | 'query';
  pointer: string;
}

/**
 * The kinds of fault in the order in which the contract's description has them checked, with the error type of each. The first
 * fault answers. A type's status is read from the contract.
 */
export const FAULTS = {
  path: 'NotFound',
  method: 'MethodNotAllowed',
  credentials: 'Unauthorized',
  version: 'UnrecognisedApiVersion',
  mediaType: 'UnsupportedMediaType',
  size: 'PayloadTooLarge',
  json: 'MalformedJson',
  contract: 'InvalidRequest',
  idempotency: 'IdempotencyKeyReused',
  customers: 'UnknownCustomers',
} as const;

export type Fault = keyof typeof FAULTS;

export type Expected =
  | { kind: 'accepted'; replayed?: boolean }
  /** Each place has to be named in `error.details`. */
  | { kind: 'refused'; fault: Fault; places: Place[] };

export const ACCEPTED: Expected = { kind: 'accepted' };

/** Refused for this fault, with no place to name. */
export const refused = (fault: Fault): Expected => ({ kind: 'refused', fault, places: [] });

/** Refused because the contract is broken in these places. */
export function refusal(...places: Place[]): Expected {
  return { kind: 'refused', fault: 'contract', places };
}

export interface Case {
  /** Unique within a run. */
  name: string;
  operationId: string;
  /** The row of the report: a key of `RULES`. */
  rule: string;
  /** JSON Pointer to the constraint in the contract. */
  pointer: string;
  /** Other constraints that the same request breaks, in the same place. */
  alsoAt?: string[];
  request: Sent;
  /** The value that `request.body` is the JSON of. */
  value?: unknown;
  /** Sent first, in this order; these have to be accepted or refused as the case's name says, and are judged too. */
  before?: Sent[];
  expected: Expected;
  /** The name of the request example that is sent, if it is one. */
  example?: string;
}

/** Who is tested, and what is known of it. */
export interface Subject {
  /** With the base path, without a slash at its end. */
  url: string;
  clientId: string;
  secret: string;
  /** A customer that exists and may own an organization. */
  owner: string;
  /** Customers that exist and may be members. */
  members: string[];
  /** It lets any credentials in, knows no customers, and gives the same organization for the same request. */
  mock?: boolean;
}

export function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
