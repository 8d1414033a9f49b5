// Ends an exchange with an error of the contract.
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { ApiError } from './errors.ts';
import { isAbandoned } from './exchange/abandoned.ts';
import { type Exchange, exchangeOf } from './exchange/exchange.ts';
import { FailureLog } from './log/failure-log.ts';
import type { AppOptions } from './options.ts';
import { writeJson } from './steps/write-response.ts';

/** Returns the error that a client gets for a thrown value. Errors of the server itself are logged. */
export type ToClientError = (error: unknown, exchange: Exchange) => ApiError;

/** Any value that does not map to an `ApiError` is a defect, which is logged in full and shown to nobody. */
export function createToClientError(log: Logger, toApiError?: AppOptions['toApiError']): ToClientError {
  const failures = new FailureLog(log);
  return (error, { requestId, traceId }) => {
    const known =
      error instanceof ApiError ? error : (toApiError?.(error) ?? new ApiError('InternalError', { cause: error }));
    if (known.status >= 500) failures.add({ requestId, traceId, err: known.cause ?? known });
    return known;
  };
}

/** Creates the last middleware of the app. */
export function writeError(toClientError: ToClientError): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (isAbandoned(response)) return;
    const exchange = exchangeOf(response);
    const known = toClientError(error, exchange);
    exchange.errorType = known.type;
    exchange.result = known;
    if (!response.headersSent) {
      writeJson(response, known);
      exchange.release();
    }
    // A response that has begun can no longer become an error. It is cut off, which the client notices.
    else if (!response.writableEnded) response.destroy();
  };
}
