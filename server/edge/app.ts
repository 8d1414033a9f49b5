// The edge: one Express app in front of any handlers. It lets through what the contract allows, in both directions.
import type { IncomingMessage } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import express, { type Express, type RequestHandler } from 'express';
import { pino } from 'pino';
import { contract as bundledContract } from '../../generated/contract.ts';
import type { Handlers } from '../../generated/operations.ts';
import * as generated from '../../generated/operations.ts';
import { type Contract, type OperationEntry, operationsOf } from '../../openapi/model/contract.ts';
import { type RouteEntry, readOperationTables } from '../../openapi/model/operation-tables.ts';
import { authenticate, identifyByAddress } from './authenticate.ts';
import { createBatchScheduler } from './batch-scheduler.ts';
import { checkContentCoding } from './body/content-coding.ts';
import { LargeBodies } from './body/large-bodies.ts';
import { checkMediaType } from './body/media-type.ts';
import { decodeBody, isLarge, parseBody, readBody } from './body/read-body.ts';
import { type AnyHandler, callHandler } from './call-handler.ts';
import { chooseVersion } from './choose-version.ts';
import { allowOrigins } from './cors.ts';
import { ApiError } from './errors.ts';
import { exchangeOf, type Step } from './exchange.ts';
import { createParser, type ParseJson } from './json/parse.ts';
import { logOptions } from './log-options.ts';
import { openExchange } from './open-exchange.ts';
import type { AppOptions, Context } from './options.ts';
import { validateRequest } from './validate-request.ts';
import { validateResponse } from './validate-response.ts';
import { createValidators, type SharedResponses, validateContract } from './validators/operation-validators.ts';
import { validateExamples } from './validators/validate-examples.ts';
import { createExplain } from './violations/explain.ts';
import { violationLimitOf } from './violations/violation-limit.ts';
import { writeError } from './write-error.ts';
import { writeResponse } from './write-response.ts';

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
  const hasVersions = tables.apiVersions.length > 0;
  // The types ask for a handler of each operation of the generated contract. Those of another one are not known.
  const anyHandlers = handlers as unknown as Record<string, AnyHandler<Extra>>;
  refuseUnknownHandlers(anyHandlers, tables.routes);

  const joinBatch = createBatchScheduler();
  const largeBodies = new LargeBodies();
  const sharedResponses: SharedResponses = new Map();
  /** What a request to this operation passes on its way in, and its response on its way out. */
  const createSteps = async (route: RouteEntry): Promise<Step[]> => {
    const entry = findEntry(contract, route);
    const validators = await createValidators(contract, entry, sharedResponses);
    validateExamples(contract, entry, validators);
    return [
      route.authenticated ? authenticate(options) : identifyByAddress(options),
      limitRate(options),
      ...(hasVersions ? [chooseVersion] : []),
      checkBodyType(route),
      receiveBody(route, createParser(contract, entry, violationLimitOf(contract, entry)), largeBodies, options),
      joinBatch,
      prepare(options),
      validateRequest(route, validators, createExplain(contract, entry)),
      callHandler(anyHandlers, route, { ...options, log }),
      validateResponse(route, validators),
      writeResponse(route),
    ];
  };

  const app = express();
  app.disable('x-powered-by').disable('etag');
  // By default, parameters beyond the first 1,000 are dropped. The size of the header bounds them.
  app.set('query parser', (text: string) => parseQuery(text, '&', '=', { maxKeys: 0 }));
  app.enable('strict routing').enable('case sensitive routing');
  app.set('trust proxy', options.trustProxy ?? false);
  const { observeStart, observe, slowRequestMs = Number.POSITIVE_INFINITY } = options;
  app.use(openExchange({ log, observeStart, observe, slowRequestMs, hasVersions }));
  if (options.corsOrigins?.length) app.use(allowOrigins(options.corsOrigins, tables));
  if (options.middleware) app.use(options.middleware);
  const routes = [...tables.routes].sort(byConcretePath);
  for (const [path, operations] of Map.groupBy(routes, (route) => route.path)) {
    const methods = operations.map(({ method }) => method);
    const at = app.route(expressPath(tables.basePath, path));
    // Express would serve HEAD with the handler of GET. The contract has the methods that it names.
    at.head(refuseMethod(methods));
    for (const route of operations) at[methodOf(route)](passSteps(route, await createSteps(route)));
    at.all(refuseMethod(methods));
  }
  app.use(() => {
    throw new ApiError('NotFound');
  });
  app.use(writeError(log, options.toApiError));
  return app;
}

/** What the edge reads of the generated tables. */
interface EdgeTables {
  readonly basePath: string;
  readonly apiVersions: readonly string[];
  readonly routes: readonly RouteEntry[];
  readonly edgeHeaders: readonly string[];
}

/** A path without parameters comes before one that matches it too: OpenAPI 3.1, section 4.8.8.2. */
function byConcretePath(one: RouteEntry, other: RouteEntry): number {
  const key = ({ path }: RouteEntry) => path.replace(/\{[^}]+\}/g, '\uffff');
  return key(one) < key(other) ? -1 : Number(key(one) > key(other));
}

/** The path in the syntax of Express, in which any name of a parameter may be quoted. */
function expressPath(basePath: string, path: string): string {
  return basePath + path.replace(/[()[\]+?!*:\\]/g, '\\$&').replace(/\{([^}]+)\}/g, ':"$1"');
}

function methodOf({ method }: RouteEntry) {
  return method.toLowerCase() as 'get' | 'put' | 'post' | 'delete' | 'patch'; // `operationsOf` has no others.
}

/** A handler without an operation is most often a misspelled one. */
function refuseUnknownHandlers(handlers: object, routes: readonly RouteEntry[]): void {
  const unknown = Object.keys(handlers).find((name) => routes.every(({ operationId }) => operationId !== name));
  if (unknown !== undefined) throw new Error(`The contract has no operation ${unknown}.`);
}

function refuseMethod(allowed: string[]): RequestHandler {
  return () => {
    throw new ApiError('MethodNotAllowed', { headers: { Allow: allowed.join(', ') } });
  };
}

function findEntry(contract: Contract, { operationId }: RouteEntry): OperationEntry {
  const entry = operationsOf(contract).find(({ operation }) => operation.operationId === operationId);
  if (!entry) throw new Error(`The contract has no operation ${operationId}.`);
  return entry;
}

function limitRate({ limit }: Pick<AppOptions, 'limit'>): Step {
  return ({ principal }) => limit?.(principal);
}

/** A body that the contract does not declare is not read, and its media type means nothing. */
function checkBodyType({ body }: RouteEntry): Step {
  return ({ request }) => {
    if (!body) {
      delete request.headers['content-type'];
      return;
    }
    const [mediaType] = body.mediaTypes;
    // What is not sent has no media type. The validator looks its schema up by one.
    if (!body.required && !hasContent(request)) request.headers['content-type'] ??= mediaType;
    checkMediaType(request, body.mediaTypes);
    checkContentCoding(request);
  };
}

/** RFC 9112, section 6. */
function hasContent({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function receiveBody(
  { body }: RouteEntry,
  parse: ParseJson,
  largeBodies: LargeBodies,
  { memory }: Pick<AppOptions, 'memory'>,
): Step {
  return async (exchange) => {
    const { request, response, parts, startedMs } = exchange;
    const sent = body && (await readBody(request, response, memory));
    exchange.receivedMs = Math.round(performance.now() - startedMs);
    if (!sent) return;
    const isLargeBody = isLarge(sent);
    if (isLargeBody) exchange.endTurn = await largeBodies.takeTurn(response);
    const bytes = await decodeBody(sent);
    if (isLargeBody) exchange.largeBody = bytes;
    parts.body = parseBody(bytes, sent, parse);
  };
}

function prepare<Extra>(options: Pick<AppOptions<Extra>, 'prepare'>): Step {
  return (exchange) => {
    exchange.extra = options.prepare?.(exchange.request);
  };
}

function passSteps(route: RouteEntry, steps: Step[]): RequestHandler {
  return async (_request, response) => {
    const exchange = exchangeOf(response);
    exchange.operationId = route.operationId;
    try {
      for (const step of steps) await step(exchange);
    } finally {
      exchange.endTurn?.();
    }
  };
}
