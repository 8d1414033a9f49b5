// Ends an exchange with an error of the contract.
import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { ApiError } from './errors.ts';
import { exchangeOf } from './exchange/exchange.ts';
import { FailureLog } from './log/failure-log.ts';
import type { AppOptions } from './options.ts';
import { writeJson } from './steps/write-response.ts';

const abandoned = new WeakSet<ServerResponse>();

/**
 * To be called when a request has turned out malformed and was refused in this response, or when nobody can get it: what
 * the app does with it fails from then on, and that is no error.
 */
export function abandon(response: ServerResponse): void {
  abandoned.add(response);
}

/** The last middleware of the app. What is not an `ApiError` is a defect: logged in full, shown to nobody. */
export function writeError(log: Logger, toApiError: AppOptions['toApiError']): ErrorRequestHandler {
  const failures = new FailureLog(log);
  return (error: unknown, _request, response, _next) => {
    if (abandoned.has(response)) return;
    const known =
      error instanceof ApiError
        ? error
        : (translateUriError(error) ?? toApiError?.(error) ?? new ApiError('InternalError', { cause: error }));
    const exchange = exchangeOf(response);
    exchange.errorType = known.type;
    exchange.result = known;
    if (known.status >= 500) {
      const { requestId, traceId } = exchange;
      failures.add({ requestId, traceId, err: known.cause ?? known });
    }
    if (!response.headersSent) {
      writeJson(response, known);
      exchange.release();
    }
    // The rest of a response that has begun cannot be an error any more. The client sees that it was cut off.
    else if (!response.writableEnded) response.destroy();
  };
}

/** Express gives up on a path in which a parameter is not percent-encoded UTF-8. Nothing stands at such a path. */
function translateUriError(error: unknown): ApiError | undefined {
  return error instanceof URIError && 'status' in error ? new ApiError('NotFound', { cause: error }) : undefined;
}
