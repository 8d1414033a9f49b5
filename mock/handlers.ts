// The handlers of the mock: Prism responds to a preference, the default response to any other request.
import type { Handlers } from '../generated/operations.ts';
import type { Contract } from '../openapi/model/contract.ts';
import { type RouteEntry, readOperationTables } from '../openapi/model/operation-tables.ts';
import type { Context, HandlerResponse } from '../server/edge/options.ts';
import { createNameOf } from './customer-names.ts';
import { createDefaultResponses, type DefaultResponse } from './default-response.ts';
import { createReplayCheck, REPLAYED_HEADER } from './idempotency.ts';
import { type RequestedPreferences, validatePreference } from './preferences.ts';
import type { Prism, PrismResponse } from './prism.ts';
import { scenariosOf } from './scenarios.ts';

/** The part that the requests of all operations share. */
interface AnyRequest {
  headers: { 'Idempotency-Key'?: string };
}

type Handler = (request: AnyRequest, context: Context<RequestedPreferences>) => Promise<HandlerResponse>;

/** One handler for each operation of the contract. */
export function createMockHandlers(
  contract: Contract,
  respondByPrism: Prism['respond'],
): Handlers<Context<RequestedPreferences>> {
  const scenarios = scenariosOf(contract);
  const defaultResponses = createDefaultResponses(createNameOf(contract));
  const isReplay = createReplayCheck();

  const createHandler = (route: RouteEntry): Handler => {
    // The edge has validated that the request is one of this operation.
    const respond = Object.entries(defaultResponses).find(([name]) => name === route.operationId)?.[1] as
      | ((request: AnyRequest) => DefaultResponse<HandlerResponse>)
      | undefined;
    return async (request, { principal, extra }) => {
      const preference = validatePreference(extra, scenarios.get(route.operationId) ?? []);
      if (preference || !respond) return toHandlerResponse(route, await respondByPrism(route, preference ?? {}));
      const { response, fingerprint } = respond(request);
      const key = request.headers['Idempotency-Key'];
      if (key === undefined || !isReplay(principal.account, key, fingerprint)) return response;
      return { ...response, headers: { ...response.headers, [REPLAYED_HEADER]: 'true' } };
    };
  };
  const handlers: Record<string, Handler> = Object.fromEntries(
    readOperationTables(contract).routes.map((route) => [route.operationId, createHandler(route)]),
  );
  // The routes list every operation, and the edge validates each response.
  return handlers as unknown as Handlers<Context<RequestedPreferences>>;
}

/** Drops the headers that a handler must not set: undeclared ones, those of the edge, and those without a value. */
function toHandlerResponse(route: RouteEntry, { status, headers, body }: PrismResponse): HandlerResponse {
  const declared: Record<string, boolean> =
    Object.entries(route.responses).find(([key]) => key === String(status))?.[1] ?? {};
  const own = Object.entries(headers).filter(
    ([name, value]) => name in declared && name !== REPLAYED_HEADER && value !== null && value !== undefined,
  );
  return { status, headers: Object.fromEntries(own), body };
}
