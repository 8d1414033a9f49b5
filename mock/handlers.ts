// The handlers of the mock: they respond from its state, and use Prism for bodies that are not in the contract.
import type { Handlers } from '../generated/operations.ts';
import type { RouteEntry } from '../openapi/model/operation-tables.ts';
import type { Context, HandlerResponse } from '../server/edge/options.ts';
import type { AnyHandler } from '../server/edge/steps/call-handler.ts';
import { REPLAYED_HEADER } from './core/idempotency.ts';
import type { MockState } from './core/mock-state.ts';
import type { RequestedPreferences } from './core/preferences.ts';
import type { Prism, PrismResponse } from './prism/prism.ts';

/** What a handler needs from a request besides its declared parts. */
export interface MockRequest {
  preferences: RequestedPreferences;
  /** Resets the connection. */
  disconnect(): void;
  /** Whether the connection has been reset. */
  isClosed(): boolean;
  /** Resolves after a duration in milliseconds, unless the connection closes first. */
  delay(ms: number): Promise<void>;
  /** Never resolves: the request gets no response. */
  hang(): Promise<never>;
}

/** Creates one handler for each operation of the contract. */
export function createMockHandlers(
  routes: readonly RouteEntry[],
  state: MockState,
  respondByPrism: Prism['respond'],
): Handlers<Context<MockRequest>> {
  const createHandler =
    (route: RouteEntry): AnyHandler<MockRequest> =>
    async (request, { principal: { account }, version, extra }) => {
      // After a reset, this request would consume a directive that belongs to the next test.
      if (extra.isClosed()) return extra.hang();
      const { delayMs, outcome, response, preference } = state.react(
        route.operationId,
        request,
        { account, version },
        extra.preferences,
      );
      if (delayMs > 0) await extra.delay(delayMs);
      if (outcome === 'networkError') extra.disconnect();
      if (outcome !== 'response') return extra.hang();
      return response ?? toHandlerResponse(route, await respondByPrism(route, preference));
    };
  const handlers = Object.fromEntries(routes.map((route) => [route.operationId, createHandler(route)]));
  // The routes list every operation, and the edge validates each response.
  return handlers as unknown as Handlers<Context<MockRequest>>;
}

/** Drops the headers that a handler must not set: undeclared ones, those that the edge sets, and empty ones. */
function toHandlerResponse(route: RouteEntry, { status, headers, body }: PrismResponse): HandlerResponse {
  const declared: Record<string, boolean> =
    Object.entries(route.responses).find(([key]) => key === String(status))?.[1] ?? {};
  const kept = Object.entries(headers).filter(
    ([name, value]) => name in declared && name !== REPLAYED_HEADER && value !== null && value !== undefined,
  );
  return { status, headers: Object.fromEntries(kept), body };
}
