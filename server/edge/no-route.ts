// Handles requests for which an app has no route.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ApiError } from './errors.ts';
import { exchangeOf } from './exchange/exchange.ts';

/** The last middleware before the error handlers. It responds 404 or 405: RFC 9110, sections 15.5.5 and 15.5.6. */
export const rejectWithoutRoute: RequestHandler = (_request, response) => {
  if (exchangeOf(response).isReadOnly) throw new ApiError('MethodNotAllowed', { headers: { Allow: 'GET, HEAD' } });
  throw new ApiError('NotFound');
};

/**
 * Responds 404 to a path with a parameter that is not percent-encoded UTF-8, for which Express reports an error.
 *
 * @param applyPin runs before the error
 */
export function rejectInvalidEncoding(applyPin: RequestHandler): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const isInvalid = error instanceof URIError && 'status' in error;
    if (isInvalid) applyPin(request, response, () => next(new ApiError('NotFound', { cause: error })));
    else next(error);
  };
}
