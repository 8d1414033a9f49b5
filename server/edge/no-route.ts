// Requests for which an app has no route.
import type { RequestHandler } from 'express';
import { ApiError } from './errors.ts';
import { exchangeOf } from './exchange/exchange.ts';

/** The last middleware before that of errors: RFC 9110, sections 15.5.5 and 15.5.6. */
export const refuseWithoutRoute: RequestHandler = (_request, response) => {
  if (exchangeOf(response).isReadOnly) throw new ApiError('MethodNotAllowed', { headers: { Allow: 'GET, HEAD' } });
  throw new ApiError('NotFound');
};
