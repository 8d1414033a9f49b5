// A derived test case: one request, the contract constraint that it satisfies or violates, and the expected outcome.
import type { DemandName } from './demands.ts';

/** A request in the form in which it is sent. */
export interface HttpRequest {
  method: string;
  /** The path below the base URL, with the query. */
  path: string;
  /**
   * The headers. With `transfer-encoding: chunked`, the body is sent in chunks; with `expect`, when the server asks for
   * it.
   */
  headers: Record<string, string>;
  body?: string | Buffer;
  /** Whether the client closes its side of the connection after the request. */
  halfClose?: true;
}

/** A request that is sent before that of the case. */
export interface SetupRequest extends HttpRequest {
  /** The expected outcome. Default: any response. */
  expected?: Expected;
  /** The value that the body serializes. */
  value?: unknown;
}

/** The location of an error in a request, as reported in `error.details`. */
export interface ErrorLocation {
  in: 'body' | 'header' | 'path' | 'query';
  pointer: string;
}

/**
 * The error type of each kind of client error, in the order of checks of a contract without `x-order-of-checks`. The
 * first error in that order decides the response. No case provokes `rateLimit`. The status of a type is read from the
 * contract.
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
  /**
   * What the response must be. A replay repeats the response to the first setup request; any other response must be
   * new. With `mayBeReused`, the idempotency key may have been used for another body before.
   */
  | { kind: 'accepted'; replayed?: boolean; mayBeReused?: boolean }
  /** Any response that follows the contract. */
  | { kind: 'any' }
  /** `error.details` must report each location. */
  | { kind: 'rejected'; error: ErrorKind; locations: ErrorLocation[] };

export const ACCEPTED: Expected = { kind: 'accepted' };

/** Rejected with this error, without locations. */
export const rejected = (error: ErrorKind): Expected => ({ kind: 'rejected', error, locations: [] });

/** Rejected because the request violates the contract in these locations. */
export function rejectedAt(...locations: ErrorLocation[]): Expected {
  return { kind: 'rejected', error: 'contract', locations };
}

export interface Case {
  /** Unique within a run. */
  name: string;
  operationId: string;
  /** The rule of the case in the report: a key of `REQUEST_RULES`. */
  rule: string;
  /** JSON Pointer to the constraint in the contract. */
  pointer: string;
  /** Other constraints that the same request violates, in the same location. */
  alsoAt?: string[];
  /** The sentence of the contract that the case relies on, where no constraint expresses it. */
  demand?: DemandName;
  request: HttpRequest;
  /** The text that `error.message` must also contain. */
  message?: { pattern: RegExp; what: string; demand: DemandName };
  /** A header that the response must also have, in lower case, and the entries that it must list. */
  header?: { name: string; entries: string[]; demand: DemandName };
  /** Why proxies may change this request: then it is not checked behind one. */
  byProxy?: string;
  /** The value that `request.body` serializes. */
  value?: unknown;
  /** Setup requests, sent first and in this order. Their responses are validated too. */
  before?: SetupRequest[];
  /**
   * How setup requests and request are sent. Default: one after the other.
   *
   * - `together`: all at once, on connections of their own
   * - `pipelined`: all at once, on one connection
   * - `one connection`: one after the other, on a connection of their own
   */
  delivery?: 'together' | 'pipelined' | 'one connection';
  /** Whether the request itself is sent after all other cases. Its setup requests are not delayed. */
  isLast?: true;
  expected: Expected;
  /** The name of the request example, when the case sends one. */
  example?: string;
}

export interface Credentials {
  clientId: string;
  secret: string;
}

/** The implementation under test. */
export interface Subject {
  /** The URL with the base path, without a trailing slash. */
  url: string;
  clientId: string;
  secret: string;
  /** A customer that exists and may own an organization. */
  owner: string;
  /** Customers that exist and may be members. */
  members: string[];
  /** The version of the API that requests name, except those that test versions. */
  apiVersion?: string;
  /** Another client of the same account. */
  user2?: Credentials;
  /** A client of another account, which has none of these customers. */
  otherUser?: Credentials;
  /** The names of the account's customers, by ID. */
  names?: ReadonlyMap<string, string>;
  /**
   * Whether it is a mock, which accepts any credentials, knows no customers, and returns the same organization for the
   * same request.
   */
  mock?: boolean;
}

/** The value of the `Authorization` header. */
export function encodeBasic({ clientId, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}
