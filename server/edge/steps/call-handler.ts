// Calls the handler of an operation with a validated request.
import type { Logger } from 'pino';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { ApiError } from '../errors.ts';
import { abandon } from '../exchange/abandoned.ts';
import type { Exchange, Step } from '../exchange/exchange.ts';
import type { AppOptions, Context, HandlerResponse, LogFields } from '../options.ts';

/** Any handler: the contract says what it takes, and validation that it gets this. */
export type AnyHandler<Extra> = (request: object, context: Context<Extra>) => Promise<HandlerResponse>;

/** An `ApiError` that the handler throws is its response, unless it stands for a failure of the server. */
export function callHandler<Extra>(
  handlers: Readonly<Record<string, AnyHandler<Extra> | undefined>>,
  route: RouteEntry,
  { log, observeResponse }: Pick<AppOptions<Extra>, 'observeResponse'> & { log: Logger },
): Step {
  const handler = handlers[route.operationId];
  if (typeof handler !== 'function') throw new Error(`There is no handler for ${route.operationId}.`);
  return async (exchange) => {
    // Nobody would get the response: the client has left, or the server was closed.
    if (exchange.response.closed) {
      abandon(exchange.response);
      throw new Error('The connection was closed before the request was handled.');
    }
    const context = contextOf<Extra>(exchange, log);
    try {
      // Handlers may be the methods of an object.
      exchange.result = await handler.call(handlers, requestOf(exchange, route), context);
    } catch (error) {
      if (!(error instanceof ApiError && error.status < 500)) throw error;
      exchange.result = error;
    }
    exchange.errorType = errorTypeOf(exchange.result);
    observeResponse?.(route.operationId, exchange.result);
  };
}

/** What a handler gets. Headers have the names of the contract, and only those that it declares. */
export function requestOf({ parts: { path, query, header, body } }: Exchange, route: RouteEntry) {
  const headers: Record<string, unknown> = {};
  for (const name of route.parameters.header) {
    const value = header[name.toLowerCase()];
    if (value !== undefined) headers[name] = value;
  }
  return { path, query, headers, body };
}

/** The type of an error that a handler returned, in the envelope of the contract. */
export function errorTypeOf({ status, body }: HandlerResponse): string | undefined {
  if (status < 400 || typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : undefined;
}

function contextOf<Extra>(exchange: Exchange, log: Logger): Context<Extra> {
  const { principal, version, requestId, traceId, extra, response } = exchange;
  const ownLog = log.child(traceId === undefined ? { requestId } : { requestId, traceId });
  return {
    principal,
    version,
    requestId,
    log: ownLog,
    addToLog: (fields: LogFields) => {
      // The line was written when the client left.
      if (response.closed) ownLog.info(fields, 'carried out after the client left');
      // Most handlers add fields once.
      exchange.logFields = exchange.logFields ? { ...exchange.logFields, ...fields } : fields;
    },
    // `prepare` returned it; without `prepare`, Extra is undefined.
    extra: extra as Extra,
  };
}
