// The handlers of the mock: one for all operations. A wish is answered by Prism, everything else with the request's own values.
import { type Handlers, type Route, routes } from '../generated/operations.ts';
import type { Contract } from '../openapi/model/contract.ts';
import type { Context, HandlerResponse } from '../server/edge/options.ts';
import { createNameOf } from './customer-names.ts';
import { createEchoes, type Echo } from './default-response.ts';
import { REPLAYED, rememberKeys } from './idempotency.ts';
import { checkWish, type Preferences } from './preferences.ts';
import type { Prism, PrismAnswer } from './prism.ts';
import { scenariosOf } from './scenarios.ts';

/** Every handler has this shape; the stubs know more of each. */
interface AnyRequest {
  headers: { 'Idempotency-Key'?: string };
}
type AnyEcho = (request: AnyRequest) => Echo<HandlerResponse>;

/** Handlers for every operation of the contract. */
export function createMockHandlers(contract: Contract, askPrism: Prism['answer']): Handlers<Context<Preferences>> {
  const scenarios = scenariosOf(contract);
  const echoes = createEchoes(createNameOf(contract));
  const isRepeated = rememberKeys();

  const handlerOf = (route: Route) => {
    // The guard has checked that the request is the one that this operation's echo takes.
    const echo = echoes[route.operationId] as AnyEcho | undefined;
    return async (request: AnyRequest, { principal, extra }: Context<Preferences>): Promise<HandlerResponse> => {
      const wish = checkWish(extra, scenarios.get(route.operationId) ?? []);
      if (wish || !echo) return declaredOnly(route, await askPrism(route, wish ?? {}));
      const { answer, fingerprint } = echo(request);
      const key = request.headers['Idempotency-Key'];
      const repeated = key !== undefined && isRepeated(principal.account, key, fingerprint);
      return repeated ? { ...answer, headers: { ...answer.headers, [REPLAYED]: 'true' } } : answer;
    };
  };
  // The route table has every operation, and the edge holds each answer against the contract.
  return Object.fromEntries(routes.map((route) => [route.operationId, handlerOf(route)])) as unknown as Handlers<
    Context<Preferences>
  >;
}

/** Prism's answer with the headers that handlers may give: those of the edge and of HTTP itself are left out, and those without a value. */
function declaredOnly(route: Route, { status, headers, body }: PrismAnswer): HandlerResponse {
  const declared: Record<string, boolean> =
    Object.entries(route.responses).find(([key]) => key === String(status))?.[1] ?? {};
  const own = Object.entries(headers).filter(
    ([name, value]) => name in declared && name !== REPLAYED && value !== null && value !== undefined,
  );
  return { status, headers: Object.fromEntries(own), body };
}
