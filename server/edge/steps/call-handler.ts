// Calls the handler of an operation with a validated request.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { ApiError } from '../errors.ts';
import { abandon } from '../exchange/abandoned.ts';
import type { Exchange, Step } from '../exchange/exchange.ts';
import type { SmallRequests } from '../exchange/small-requests.ts';
import type { AppOptions, Context, HandlerResponse, LogFields } from '../options.ts';
import { sampleOf } from '../prepared-response.ts';

/** Any handler. Validation guarantees that its request has the type that the contract declares. */
export type AnyHandler<Extra> = (request: object, context: Context<Extra>) => Promise<HandlerResponse>;

interface HandlerSurroundings<Extra> extends Pick<AppOptions<Extra>, 'observeResponse'> {
  log: Logger;
  smallRequests: SmallRequests;
}

/** Creates the step. An `ApiError` that the handler throws is its response, unless it is an error of the server. */
export function callHandler<Extra>(
  handlers: Readonly<Record<string, AnyHandler<Extra> | undefined>>,
  route: RouteEntry,
  { log, observeResponse, smallRequests }: HandlerSurroundings<Extra>,
): Step {
  const handler = handlers[route.operationId];
  if (typeof handler !== 'function') throw new Error(`There is no handler for ${route.operationId}.`);
  return async (exchange) => {
    // There is nobody to respond to: the client has left, or the server was closed.
    if (exchange.response.closed) {
      abandon(exchange.response);
      throw new Error('The connection was closed before the request was handled.');
    }
    const context = contextOf<Extra>(exchange, log, smallRequests);
    try {
      // Handlers may be methods that use `this`.
      exchange.result = await handler.call(handlers, requestOf(exchange, route), context);
    } catch (error) {
      if (!(error instanceof ApiError && error.status < 500)) throw error;
      exchange.result = error;
    }
    exchange.errorType = errorTypeOf(exchange.result);
    observeResponse?.(route.operationId, exchange.result);
  };
}

/** Returns the request for a handler. Its headers are those that the contract declares, named as there. */
export function requestOf({ parts: { path, query, header, body } }: Exchange, route: RouteEntry) {
  const headers: Record<string, unknown> = {};
  for (const name of route.parameters.header) {
    const value = header[name.toLowerCase()];
    if (value !== undefined) headers[name] = value;
  }
  return { path, query, headers, body };
}

/** Returns the error type of a response, if it is an error in the envelope of the contract. */
export function errorTypeOf(response: HandlerResponse): string | undefined {
  const { status } = response;
  const body = sampleOf(response);
  if (status < 400 || typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : undefined;
}

function contextOf<Extra>(exchange: Exchange, log: Logger, smallRequests: SmallRequests): Context<Extra> {
  const { principal, version, requestId, traceId, extra, response } = exchange;
  const ownLog = log.child(traceId === undefined ? { requestId } : { requestId, traceId });
  return {
    principal,
    version,
    requestId,
    log: ownLog,
    addToLog: (fields: LogFields) => {
      // The log line was already written when the client left.
      if (response.closed) ownLog.info(fields, 'carried out after the client left');
      // Most handlers add fields once, so a copy is rarely needed.
      exchange.logFields = exchange.logFields ? { ...exchange.logFields, ...fields } : fields;
    },
    // A small request would wait for itself.
    giveWay: () => (exchange.bodyClass === 'small' ? nextTick() : smallRequests.letPass(exchange.bodyClass)),
    // `prepare` returned it; without `prepare`, Extra is undefined.
    extra: extra as Extra,
  };
}
