// The errors of the API: one class, over the table that is generated from the contract.
import { type ErrorType, errorTypes } from '../../generated/operations.ts';

/** One fault in a request: the part it is in, a JSON Pointer (RFC 6901) into that part, and what is wrong there. */
export interface Violation {
  /** The part of the request. */
  in: 'body' | 'header' | 'path' | 'query';
  /** JSON Pointer into that part: `/memberIds/3`; empty for the whole. */
  pointer: string;
  /** A sentence for a person. */
  message: string;
}

/** The body of every error answer. */
export interface ErrorBody {
  /** The envelope of every error. */
  error: {
    /** Which error of the contract this is. */
    type: ErrorType;
    /** A sentence for a person. */
    message: string;
    /** Where the faults are, if that can be told. */
    details?: Violation[];
  };
}

/** What an `ApiError` has besides its type; `cause` is logged and shown to nobody. */
interface ApiErrorOptions extends ErrorOptions {
  /** Instead of the sentence of the contract's example. Shown to the client. */
  message?: string;
  /** Where the faults are. Shown to the client. */
  details?: Violation[];
  /** Headers of the answer: those that the contract declares for its status, such as `Retry-After`. */
  headers?: Record<string, string | number>;
}

/**
 * An error that the client is told of. Its status, and its sentence if none is given, come from the contract.
 * Everything else that is thrown becomes an `InternalError`, is logged in full and shown to nobody.
 *
 * @example
 * throw new ApiError('RateLimited', { headers: { 'Retry-After': 30 } });
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Which error of the contract this is. */
  readonly type: ErrorType;
  /** The HTTP status that it is answered with. */
  readonly status: number;
  /** Where the faults are, if that can be told. */
  readonly details: Violation[] | undefined;
  /** What its answer has besides the headers of all answers. */
  readonly headers: Record<string, string | number>;

  constructor(type: ErrorType, { message, details, headers = {}, ...options }: ApiErrorOptions = {}) {
    super(message ?? errorTypes[type].message, options);
    this.type = type;
    this.status = errorTypes[type].status;
    this.details = details;
    this.headers = headers;
  }

  /** The body of its answer. */
  get body(): ErrorBody {
    return { error: { type: this.type, message: this.message, ...(this.details && { details: this.details }) } };
  }
}
