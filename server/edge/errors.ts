// The errors of the API: one class, over the table that is generated from the contract.
import { type ErrorType, errorTypes } from '../../generated/operations.ts';

/** One rule of the contract that a request breaks. */
export interface Violation {
  /** The part of the request that has the violation. */
  in: 'body' | 'header' | 'path' | 'query';
  /** JSON Pointer (RFC 6901) into that part: `/memberIds/3`; empty for the whole. */
  pointer: string;
  /** A sentence that explains the violation to a person. */
  message: string;
}

/** The body of every error response. */
export interface ErrorBody {
  /** The envelope of every error. */
  error: {
    /** The type of the error, as declared in the contract. */
    type: ErrorType;
    /** A sentence for a person. */
    message: string;
    /** The violations, where the type of the error has any. */
    details?: Violation[];
  };
}

/** The options of an `ApiError`. Its `cause` is logged and shown to nobody. */
interface ApiErrorOptions extends ErrorOptions {
  /** The message, instead of that of the contract's example. Shown to the client. */
  message?: string;
  /** The violations. Shown to the client. */
  details?: Violation[];
  /** The headers that the contract declares for its status, such as `Retry-After`. */
  headers?: Record<string, string | number>;
}

/**
 * The value of `Retry-After`: by then, most locks and restarts of a database are over, and most requests and
 * connections that hold memory have ended.
 */
const RETRY_AFTER_SECONDS = 2;

/**
 * An error of the contract, which is sent to the client. Its status comes from the contract, and so does its message
 * unless one is given. Any other thrown value becomes an `InternalError`, whose cause is logged in full and shown to
 * nobody.
 *
 * @example
 * throw new ApiError('RateLimited', { headers: { 'Retry-After': 30 } });
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The type of the error, as declared in the contract. */
  readonly type: ErrorType;
  /** The HTTP status of its response. */
  readonly status: number;
  /** The violations, where the type of the error has any. */
  readonly details: Violation[] | undefined;
  /** The headers of its response, besides those of all responses. */
  readonly headers: Record<string, string | number>;

  constructor(type: ErrorType, { message, details, headers = {}, ...options }: ApiErrorOptions = {}) {
    const { message: ownMessage, status } = errorTypes[type];
    // The stack of an error of the client is logged nowhere, and takes a tenth to a fifth of the time of its request.
    const { stackTraceLimit } = Error;
    if (status < 500) Error.stackTraceLimit = 0;
    super(message ?? ownMessage, options);
    Error.stackTraceLimit = stackTraceLimit;
    this.type = type;
    this.status = status;
    this.details = details;
    this.headers = headers;
  }

  /** The body of its response. */
  get body(): ErrorBody {
    return { error: { type: this.type, message: this.message, ...(this.details && { details: this.details }) } };
  }
}

/** Creates the error for a request for which there is no memory, no time or no database at the moment. */
export function unavailable(options: Pick<ApiErrorOptions, 'message' | 'cause'>): ApiError {
  return new ApiError('Unavailable', { ...options, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
}
