// The errors of the API: one class, over the table that is generated from the contract.
import { type ErrorType, errorTypes } from '../generated/operations.ts';

/** One fault in a request: the part it is in, a JSON Pointer (RFC 6901) into that part, and what is wrong there. */
export interface Violation {
  in: 'body' | 'header' | 'path' | 'query';
  pointer: string;
  message: string;
}

/** The body of every error answer. */
export interface ErrorBody {
  error: { type: ErrorType; message: string; details?: Violation[] };
}

interface ApiErrorOptions extends ErrorOptions {
  /** Instead of the sentence of the contract's example. Shown to the client. */
  message?: string;
  details?: Violation[];
  headers?: Record<string, string | number>;
}

/**
 * An error that the client is told of. Its status, and its sentence if none is given, come from the contract.
 * Everything else that is thrown becomes an `InternalError`, is logged in full and shown to nobody.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly type: ErrorType;
  readonly status: number;
  readonly details: Violation[] | undefined;
  readonly headers: Record<string, string | number>;

  constructor(type: ErrorType, { message, details, headers = {}, ...options }: ApiErrorOptions = {}) {
    super(message ?? errorTypes[type].message, options);
    this.type = type;
    this.status = errorTypes[type].status;
    this.details = details;
    this.headers = headers;
  }

  get body(): ErrorBody {
    return { error: { type: this.type, message: this.message, ...(this.details && { details: this.details }) } };
  }
}
