// Calls the handler of an operation with a validated request.
import type { Logger } from 'pino';
import type { Handlers, Route } from '../../generated/operations.ts';
import { ApiError } from './errors.ts';
import type { Exchange, Step } from './exchange.ts';
import type { AppOptions, Context } from './options.ts';

/** An `ApiError` that the handler throws is its response, unless it stands for a failure of the server. */
export function callHandler<Extra>(
  handlers: Handlers<Context<Extra>>,
  route: Route,
  { log, observeResponse }: Pick<AppOptions<Extra>, 'observeResponse'> & { log: Logger },
): Step {
  if (typeof handlers[route.operationId] !== 'function')
    throw new Error(`There is no handler for ${route.operationId}.`);
  return async (exchange) => {
    const context = contextOf<Extra>(exchange, log);
    try {
      // Validation has found that the request has the shape that the handler's type asks for.
      exchange.result = await handlers[route.operationId](requestOf(exchange, route) as never, context);
    } catch (error) {
      if (!(error instanceof ApiError && error.status < 500)) throw error;
      exchange.result = error;
    }
    observeResponse?.(route.operationId, exchange.result);
  };
}

/** Headers have the names of the contract, and only those that it declares. */
function requestOf({ parts: { path, query, header, body } }: Exchange, route: Route) {
  const headers: Record<string, unknown> = {};
  for (const name of route.parameters.header) {
    const value = header[name.toLowerCase()];
    if (value !== undefined) headers[name] = value;
  }
  return { path, query, headers, body };
}

function contextOf<Extra>({ principal, version, requestId, extra }: Exchange, log: Logger): Context<Extra> {
  // `prepare` returned `extra`; without `prepare`, Extra is undefined.
  return { principal, version, requestId, log: log.child({ requestId }), extra: extra as Extra };
}
