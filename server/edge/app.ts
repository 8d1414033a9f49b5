// The edge: one Express app in front of any handlers. It lets through what the contract allows, in both directions.
import { parse as parseQuery } from 'node:querystring';
import express, { type Express, type RequestHandler } from 'express';
import { pino } from 'pino';
import { contract as bundledContract } from '../../generated/contract.ts';
import type { Handlers } from '../../generated/operations.ts';
import * as generated from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { type RouteEntry, readOperationTables } from '../../openapi/model/operation-tables.ts';
import { deprecationHeaders } from '../../openapi/model/versions/deprecation.ts';
import { olderVersions } from '../versions/older-versions.ts';
import { createApplyPin } from './apply-pin.ts';
import { LargeBodies } from './body/large-bodies.ts';
import { OlderSteps } from './conversions/older-steps.ts';
import { allowOrigins } from './cors.ts';
import { ApiError } from './errors.ts';
import { createBatchScheduler } from './exchange/batch-scheduler.ts';
import { type Exchange, exchangeOf, type Step } from './exchange/exchange.ts';
import { LiveVersions } from './exchange/live-versions.ts';
import { SmallRequests } from './exchange/small-requests.ts';
import { logOptions } from './log/log-options.ts';
import { refuseInvalidEncoding, refuseWithoutRoute } from './no-route.ts';
import { openExchange } from './open-exchange.ts';
import type { AppOptions, Context } from './options.ts';
import { type Endpoint, type EndpointGroup, groupEndpoints } from './routes/endpoints.ts';
import { type Operation, OperationReader } from './routes/operation.ts';
import { respondWithoutPath } from './routes/target-without-path.ts';
import { type AnyHandler, callHandler } from './steps/call-handler.ts';
import { checkVersion } from './steps/check-version.ts';
import { identifyByAddress, identifyClient } from './steps/identify-client.ts';
import { receiveRequest } from './steps/receive-request.ts';
import { validateResponse } from './steps/validate-response.ts';
import { writeResponse } from './steps/write-response.ts';
import { validateContract } from './validators/operation-validators.ts';
import { createToClientError, writeError } from './write-error.ts';

/**
 * Creates the app; it listens on nothing. Resolves when every schema is compiled and the first request will be as fast
 * as the next. Rejects with an Error when the contract is not valid or a handler is missing.
 *
 * A request is checked in this order, and the first check that fails ends it: route, method, credentials, rate limit,
 * `Sequence-Version`, media type, size, JSON, contract. Nobody unauthenticated gets a body parsed.
 *
 * @example
 * const handlers: Handlers = {
 *   createCustomerOrganization: async ({ body: { ownerId } }) =>
 *     ({ status: 201, body: { id: crypto.randomUUID(), owner: { id: ownerId, name: 'Acme' }, members: [] } }),
 * };
 * const app = await createApp(handlers, { authenticate: ({ clientId }) => ({ account: 'mine', clientId }) });
 * app.listen(3000);
 */
export async function createApp<Extra = undefined>(
  handlers: Handlers<Context<Extra>>,
  options: AppOptions<Extra>,
): Promise<Express> {
  const { log = pino(logOptions('warn')) } = options;
  const contract = options.contract ?? bundledContract;
  // The generated contract was validated when it was generated, and its tables were read.
  if (options.contract) await validateContract(options.contract);
  const tables: EdgeTables = options.contract ? readOperationTables(options.contract) : generated;
  const olderContracts = options.olderVersions ?? (options.contract ? [] : olderVersions);
  const versions = new LiveVersions(
    tables.apiVersions,
    contract.info.version,
    olderContracts.map((each) => ({ version: each.version, headers: deprecationHeaders(each.contract) })),
  );
  // The types ask for a handler of each operation of the generated contract. Those of another one are not known.
  const anyHandlers = handlers as unknown as Record<string, AnyHandler<Extra>>;
  refuseUnknownHandlers(anyHandlers, tables.routes);

  const newest = await readOperations(contract, tables.routes);
  const smallRequests = new SmallRequests();
  const shared = { largeBodies: new LargeBodies(), smallRequests, joinBatch: createBatchScheduler() };
  /** Stands between steps that take milliseconds for a large body. */
  const giveWay: Step = ({ isLarge }) => (isLarge ? smallRequests.letPass() : undefined);
  const receive = (operation: Operation) => receiveRequest(operation, options, shared);
  const handle = (route: RouteEntry) => callHandler(anyHandlers, route, { ...options, log });
  const write = (route: RouteEntry) => writeResponse(route, smallRequests);
  const older = new OlderSteps(olderContracts, { newest, receive, handle, write, giveWay });
  const groups = groupEndpoints([{ version: versions.newest, ...tables }, ...older.tables.toReversed()]);
  const toClientError = createToClientError(log, options.toApiError);
  const identify = identifyClient(options);
  const applyPin = createApplyPin({ versions, identify, toClientError });
  /** What every request passes once its client is known. */
  const firstSteps = [limitRate(options), ...(tables.apiVersions.length > 0 ? [checkVersion(versions)] : [])];
  /** The remaining steps for the newest version: those of the request, the handler, and those of the response. */
  const createSteps = (operation: Operation): Step[] => [
    ...receive(operation),
    giveWay,
    handle(operation.route),
    giveWay,
    validateResponse(operation.route, operation.validators),
    giveWay,
    write(operation.route),
  ];
  const passSteps = ({ path, endpoints }: EndpointGroup, endpoint: Endpoint): RequestHandler => {
    const isAuthenticated = [...endpoint.routes.values()].some((each) => each.authenticated);
    const clientSteps = [isAuthenticated ? identify : identifyByAddress(options)];
    const route = endpoint.routes.get(versions.newest);
    const operation = route && newest.get(route.operationId);
    const steps = operation && createSteps(operation);
    /** Throws when the version of the request has no such operation. */
    const select = (exchange: Exchange): RouteEntry => {
      const selected = endpoint.routes.get(versions.contractOf(exchange.version));
      exchange.operationId = selected?.operationId;
      if (!selected) throw refusal(endpoints, versions, exchange);
      return selected;
    };
    return async (_request, response) => {
      const exchange = exchangeOf(response);
      try {
        // A version in the header is known before the client is. That of a pinned key is not.
        if (exchange.version === versions.newest) exchange.operationId = route?.operationId;
        else select(exchange);
        await passAll(clientSteps, exchange);
        const selected = select(exchange);
        await passAll(firstSteps, exchange);
        const rest =
          steps && selected === route ? steps : await older.find({ path, version: exchange.version, route: selected });
        await passAll(rest, exchange);
        exchange.release();
      } finally {
        exchange.endTurn?.();
      }
    };
  };

  const app = express();
  respondWithoutPath(app);
  app.disable('x-powered-by').disable('etag');
  // By default, parameters beyond the first 1,000 are dropped. The size of the header bounds them.
  app.set('query parser', (text: string) => parseQuery(text, '&', '=', { maxKeys: 0 }));
  app.enable('strict routing').enable('case sensitive routing');
  app.set('trust proxy', options.trustProxy ?? false);
  const { observeStart, observe, slowRequestMs = Number.POSITIVE_INFINITY } = options;
  app.use(openExchange({ log, observeStart, observe, slowRequestMs, versions }));
  if (options.corsOrigins?.length) app.use(allowOrigins(options.corsOrigins, [tables, ...older.tables], applyPin));
  if (options.middleware) app.use(options.middleware);
  for (const group of groups) {
    const at = app.route(expressPath(tables.basePath, group.path));
    const refuse: RequestHandler = (_request, response) => {
      throw refusal(group.endpoints, versions, exchangeOf(response));
    };
    // Express would serve HEAD with the handler of GET. The contract has the methods that it names.
    at.head(applyPin, refuse);
    for (const endpoint of group.endpoints) at[methodOf(endpoint)](passSteps(group, endpoint));
    at.all(applyPin, refuse);
  }
  app.use(applyPin, refuseWithoutRoute, refuseInvalidEncoding(applyPin), writeError(toClientError));
  if (olderContracts.length > 0) void older.makeSoon(groups, log);
  return app;
}

/** Most steps have nothing to wait for, so the next one follows at once. */
async function passAll(steps: readonly Step[], exchange: Exchange): Promise<void> {
  for (const step of steps) {
    const pending = step(exchange);
    if (pending) await pending;
  }
}

/** What the edge reads of the generated tables. */
interface EdgeTables {
  readonly basePath: string;
  readonly apiVersions: readonly string[];
  readonly routes: readonly RouteEntry[];
  readonly edgeHeaders: readonly string[];
}

/** By `operationId`. Rejects when a schema is not valid. */
async function readOperations(contract: Contract, routes: readonly RouteEntry[]): Promise<Map<string, Operation>> {
  const reader = new OperationReader(contract);
  const operations = new Map<string, Operation>();
  for (const route of routes) operations.set(route.operationId, await reader.read(route));
  return operations;
}

/** The path in the syntax of Express, in which any name of a parameter may be quoted. */
function expressPath(basePath: string, path: string): string {
  return basePath + path.replace(/[()[\]+?!*:\\]/g, '\\$&').replace(/\{([^}]+)\}/g, ':"$1"');
}

function methodOf({ method }: Endpoint) {
  return method.toLowerCase() as 'get' | 'put' | 'post' | 'delete' | 'patch'; // `operationsOf` has no others.
}

/** A handler without an operation is most often a misspelled one. */
function refuseUnknownHandlers(handlers: object, routes: readonly RouteEntry[]): void {
  const unknown = Object.keys(handlers).find((name) => routes.every(({ operationId }) => operationId !== name));
  if (unknown !== undefined) throw new Error(`The contract has no operation ${unknown}.`);
}

/** Why a request to a path is refused: its version has other methods there, or none. */
function refusal(endpoints: readonly Endpoint[], versions: LiveVersions, exchange: Exchange): ApiError {
  const version = versions.contractOf(exchange.version);
  const allowed = endpoints.filter(({ routes }) => routes.has(version)).map(({ method }) => method);
  if (allowed.length === 0) return new ApiError('NotFound');
  return new ApiError('MethodNotAllowed', { headers: { Allow: allowed.join(', ') } });
}

function limitRate({ limit }: Pick<AppOptions, 'limit'>): Step {
  return ({ principal }) => limit?.(principal);
}
