// A derived test case: one request, the contract constraint that it satisfies or violates, and the expected outcome.

/** A request as sent. */
export interface HttpRequest {
  method: string;
  /** Path and query, below the base URL. */
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
}

/** The location of an error in a request, as reported in `error.details`. */
export interface ErrorLocation {
  in: 'body' | 'header' | 'path' | 'query';
  pointer: string;
}

/**
 * The error type of each kind of client error. The first in the contract's `x-order-of-checks` decides the response; a
 * contract without has this order. The status of a type is read from the contract.
 */
export const ERROR_TYPES = {
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

export type ErrorKind = keyof typeof ERROR_TYPES;

export type Expected =
  | { kind: 'accepted'; replayed?: boolean }
  /** `error.details` must report each location. */
  | { kind: 'refused'; error: ErrorKind; locations: ErrorLocation[] };

export const ACCEPTED: Expected = { kind: 'accepted' };

/** Refused with this error, without locations. */
export const refused = (error: ErrorKind): Expected => ({ kind: 'refused', error, locations: [] });

/** Refused because the request violates the contract in these locations. */
export function refusedAt(...locations: ErrorLocation[]): Expected {
  return { kind: 'refused', error: 'contract', locations };
}

export interface Case {
  /** Unique within a run. */
  name: string;
  operationId: string;
  /** The row of the report: a key of `REQUEST_RULES`. */
  rule: string;
  /** JSON Pointer to the constraint in the contract. */
  pointer: string;
  /** Other constraints that the same request violates, in the same location. */
  alsoAt?: string[];
  request: HttpRequest;
  /** The value that `request.body` serializes. */
  value?: unknown;
  /** Setup requests, sent first and in this order. Their responses are validated too. */
  before?: HttpRequest[];
  expected: Expected;
  /** The name of the request example, when the case sends one. */
  example?: string;
}

/** The implementation under test. */
export interface Subject {
  /** With the base path, without a slash at its end. */
  url: string;
  clientId: string;
  secret: string;
  /** A customer that exists and may own an organization. */
  owner: string;
  /** Customers that exist and may be members. */
  members: string[];
  /** The version of the API that requests name unless they are about versions. */
  apiVersion?: string;
  /** A mock accepts any credentials, knows no customers, and returns the same organization for the same request. */
  mock?: boolean;
}

export function escapeSegment(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
