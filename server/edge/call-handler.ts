// Calls the handler of an operation with a validated request.
import type { Logger } from 'pino';
import type { ApiVersion, Handlers, Route } from '../../generated/operations.ts';
import { ApiError } from './errors.ts';
import type { Exchange, Step } from './exchange.ts';
import type { AppOptions, Context, Principal } from './options.ts';

/** An `ApiError` that the handler throws is its response, unless it stands for a failure of the server. */
export function callHandler<Extra>(
  handlers: Handlers<Context<Extra>>,
  route: Route,
  { log, observeResponse }: Pick<AppOptions<Extra>, 'observeResponse'> & { log: Logger },
): Step {
  if (typeof handlers[route.operationId] !== 'function')
    throw new Error(`There is no handler for ${route.operationId}.`);
  return async (exchange) => {
    const context = new RequestContext<Extra>(exchange, log);
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

/** Most handlers log nothing, and a child logger costs as much as a line of the log, so it is created when it is asked for. */
class RequestContext<Extra> implements Context<Extra> {
  readonly principal: Principal;
  readonly version: ApiVersion;
  readonly requestId: string;
  readonly extra: Extra;
  readonly #parent: Logger;
  #log: Logger | undefined;

  constructor({ principal, version, requestId, extra }: Exchange, parent: Logger) {
    this.principal = principal;
    this.version = version;
    this.requestId = requestId;
    this.extra = extra as Extra; // `prepare` returned it; without `prepare`, Extra is undefined.
    this.#parent = parent;
  }

  get log(): Logger {
    this.#log ??= this.#parent.child({ requestId: this.requestId });
    return this.#log;
  }
}
