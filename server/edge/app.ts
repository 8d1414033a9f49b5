// The edge: one Express app in front of any handlers. It passes only what the contract allows, in both directions.
import { parse as parseQuery } from 'node:querystring';
import express, { type Express, type RequestHandler } from 'express';
import { pino } from 'pino';
import { contract as bundledContract } from '../../generated/contract.ts';
import type { Handlers } from '../../generated/operations.ts';
import * as generated from '../../generated/operations.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { type RouteEntry, readOperationTables } from '../../openapi/model/operation-tables.ts';
import { deprecationHeaders } from '../../openapi/model/versions/deprecation.ts';
import { type OlderVersion, olderVersions } from '../versions/older-versions.ts';
import { createApplyPin } from './apply-pin.ts';
import { allowOrigins, createAddCorsHeaders } from './cors.ts';
import { exchangeOf } from './exchange/exchange.ts';
import { LiveVersions } from './exchange/live-versions.ts';
import { logOptions } from './log/log-options.ts';
import { rejectInvalidEncoding, rejectWithoutRoute } from './no-route.ts';
import { OlderSteps } from './older-steps.ts';
import { openExchange } from './open-exchange.ts';
import type { AppOptions, Context } from './options.ts';
import { createRouteHandler, rejection } from './route-handler.ts';
import { type Endpoint, groupEndpoints } from './routes/endpoints.ts';
import { type Operation, OperationReader } from './routes/operation.ts';
import { respondWithoutPath } from './routes/target-without-path.ts';
import type { AnyHandler } from './steps/call-handler.ts';
import { Steps } from './steps.ts';
import { validateContract } from './validators/operation-validators.ts';
import { createToClientError, writeError } from './write-error.ts';

/**
 * Creates the app, which does not listen yet. Resolves when every schema of the newest version is compiled, so that its
 * first request is as fast as later ones. Rejects with an Error when the contract is invalid or a handler is missing.
 *
 * A request is checked in this order, and the first failing check ends it: route, method, credentials, rate limit,
 * `Sequence-Version`, media type, size, JSON, contract. The body of an unauthenticated request is not parsed.
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
  const versions = createVersions(tables.apiVersions, contract.info.version, olderContracts);
  // The type requires a handler for each operation of the generated contract. Those of other contracts are untyped.
  const anyHandlers = handlers as unknown as Record<string, AnyHandler<Extra>>;
  rejectUnknownHandlers(anyHandlers, tables.routes);

  const newest = await readOperations(contract, tables.routes);
  const steps = new Steps({ options, handlers: anyHandlers, versions, log });
  const older = new OlderSteps(olderContracts, newest, steps);
  const groups = groupEndpoints([{ version: versions.newest, ...tables }, ...older.tables.toReversed()]);
  const toClientError = createToClientError(log, options.toApiError);
  const applyPin = createApplyPin({ versions, identify: steps.identify, toClientError });
  const handle = createRouteHandler({ versions, newest, steps, older });

  const app = createExpress(options.trustProxy);
  const { observeStart, observe, slowRequestMs = Number.POSITIVE_INFINITY } = options;
  app.use(openExchange({ log, observeStart, observe, slowRequestMs, versions }));
  if (options.corsOrigins?.length) {
    const addCorsHeaders = createAddCorsHeaders(options.corsOrigins, [tables, ...older.tables]);
    app.set('add cors headers', addCorsHeaders).use(allowOrigins(addCorsHeaders, applyPin));
  }
  if (options.middleware) app.use(options.middleware);
  for (const group of groups) {
    const at = app.route(expressPath(tables.basePath, group.path));
    const reject: RequestHandler = (_request, response) => {
      throw rejection(group.endpoints, versions, exchangeOf(response));
    };
    // Express would serve HEAD with the handler of GET, but the contract allows only the methods that it names.
    at.head(applyPin, reject);
    for (const endpoint of group.endpoints) at[methodOf(endpoint)](handle(group, endpoint));
    at.all(applyPin, reject);
  }
  app.use(applyPin, rejectWithoutRoute, rejectInvalidEncoding(applyPin), writeError(toClientError));
  if (olderContracts.length > 0) void older.makeSoon(groups, log);
  return app;
}

function createVersions(names: readonly string[], unnamed: string, older: readonly OlderVersion[]): LiveVersions {
  const headers = older.map(({ version, contract }) => ({ version, headers: deprecationHeaders(contract) }));
  return new LiveVersions(names, unnamed, headers);
}

/** Creates an app with the settings of the edge. */
function createExpress(trustProxy: AppOptions['trustProxy']): Express {
  const app = express();
  respondWithoutPath(app);
  app.disable('x-powered-by').disable('etag');
  // By default, `querystring` drops parameters after the first 1,000. The size of the header bounds their number.
  app.set('query parser', (text: string) => parseQuery(text, '&', '=', { maxKeys: 0 }));
  app.enable('strict routing').enable('case sensitive routing');
  app.set('trust proxy', trustProxy ?? false);
  return app;
}

/** The part of the generated tables that the edge reads. */
interface EdgeTables {
  readonly basePath: string;
  readonly apiVersions: readonly string[];
  readonly routes: readonly RouteEntry[];
  readonly edgeHeaders: readonly string[];
}

/** Returns the operations, keyed by `operationId`. Rejects when a schema is invalid. */
async function readOperations(contract: Contract, routes: readonly RouteEntry[]): Promise<Map<string, Operation>> {
  const reader = new OperationReader(contract);
  const operations = new Map<string, Operation>();
  for (const route of routes) operations.set(route.operationId, await reader.read(route));
  return operations;
}

/** Returns the path in the syntax of Express, which allows any parameter name in quotes. */
function expressPath(basePath: string, path: string): string {
  return basePath + path.replace(/[()[\]+?!*:\\]/g, '\\$&').replace(/\{([^}]+)\}/g, ':"$1"');
}

function methodOf({ method }: Endpoint) {
  return method.toLowerCase() as 'get' | 'put' | 'post' | 'delete' | 'patch'; // `operationsOf` has no others.
}

/** Throws for a handler without an operation, whose name is probably misspelled. */
function rejectUnknownHandlers(handlers: object, routes: readonly RouteEntry[]): void {
  const unknown = Object.keys(handlers).find((name) => routes.every(({ operationId }) => operationId !== name));
  if (unknown !== undefined) throw new Error(`The contract has no operation ${unknown}.`);
}
