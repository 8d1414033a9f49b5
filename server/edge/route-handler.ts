// Passes the requests to one method of a path through their steps.
import type { RequestHandler } from 'express';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import { ApiError } from './errors.ts';
import { type Exchange, exchangeOf, type Step } from './exchange/exchange.ts';
import type { LiveVersions } from './exchange/live-versions.ts';
import type { OlderSteps } from './older-steps.ts';
import type { Endpoint, EndpointGroup } from './routes/endpoints.ts';
import type { Operation } from './routes/operation.ts';
import { passesOf, type Steps } from './steps.ts';

interface HandlerOptions<Extra> {
  versions: LiveVersions;
  /** The operations of the newest version, by `operationId`. */
  newest: ReadonlyMap<string, Operation>;
  steps: Steps<Extra>;
  older: OlderSteps;
}

/** Creates the handler of Express for one method of a path. */
export function createRouteHandler<Extra>({ versions, newest, steps, older }: HandlerOptions<Extra>) {
  return ({ path, endpoints }: EndpointGroup, { routes }: Endpoint): RequestHandler => {
    const isAuthenticated = [...routes.values()].some(({ authenticated }) => authenticated);
    const route = routes.get(versions.newest);
    const operation = route && newest.get(route.operationId);
    const newestSteps = operation && passesOf(steps.forOperation(operation));
    /** Selects the operation. Throws when the version of the request does not have it. */
    const select = (exchange: Exchange): RouteEntry => {
      const selected = routes.get(versions.contractVersionOf(exchange.version));
      exchange.operationId = selected?.operationId;
      if (!selected) throw rejection(endpoints, versions, exchange);
      return selected;
    };
    const clientSteps = passesOf(steps.forClient(isAuthenticated, (exchange) => void select(exchange)));
    return async (_request, response) => {
      const exchange = exchangeOf(response);
      try {
        // The version in a header is known before authentication, unlike the one that a key is pinned to.
        if (exchange.version === versions.newest) exchange.operationId = route?.operationId;
        else select(exchange);
        await passAll(clientSteps, exchange);
        const selected = select(exchange);
        const isNewest = newestSteps !== undefined && selected === route;
        const { version } = exchange;
        await passAll(isNewest ? newestSteps : await older.find({ path, version, route: selected }), exchange);
        exchange.release();
      } finally {
        exchange.endProcessing();
      }
    };
  };
}

/** Runs the steps. Most have nothing to wait for, so the next one follows without a microtask. */
async function passAll(steps: readonly Step[], exchange: Exchange): Promise<void> {
  for (const step of steps) {
    const pending = step(exchange);
    if (pending) await pending;
  }
}

/** Returns the error for a path whose version has only other methods there, or none. */
export function rejection(endpoints: readonly Endpoint[], versions: LiveVersions, exchange: Exchange): ApiError {
  const version = versions.contractVersionOf(exchange.version);
  const allowed = endpoints.filter(({ routes }) => routes.has(version)).map(({ method }) => method);
  if (allowed.length === 0) return new ApiError('NotFound');
  return new ApiError('MethodNotAllowed', { headers: { Allow: allowed.join(', ') } });
}
