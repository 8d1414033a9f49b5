// The edge: one Express app in front of any handlers. It lets through what the contract allows, in both directions, and gives every error its envelope.
import express, { type Express, type NextFunction, type Request, type RequestHandler } from 'express';
import { type Logger, pino } from 'pino';
import { contract as bundledContract } from '../../generated/contract.ts';
import {
  type ApiVersion,
  apiVersions,
  basePath,
  type Handlers,
  type Route,
  routes,
} from '../../generated/operations.ts';
import { type Contract, operationsOf } from '../../openapi/model/contract.ts';
import { logOptions } from '../ops/log.ts';
import { createTurns } from './batch-scheduler.ts';
import { checkMediaType, readJson } from './body.ts';
import { ANSWER_HEADERS, allowOrigins } from './cors.ts';
import type { Credentials } from './credentials.ts';
import { ApiError } from './errors.ts';
import { type EdgeErrorHandler, type EdgeResponse, type Exchange, NEWEST, openRequest } from './exchange.ts';
import { createExplain, type Explain, type Explanation } from './explain.ts';
import { createGuards } from './guard.ts';
import { createLogIn } from './log-in.ts';
import { type Answer, createCheckAnswer, sendAnswer, sendJson, writeHead, writeJson } from './response.ts';

/** Who sends a request, as `authenticate` found it. */
export interface Principal {
  /** The account that the request acts for. */
  account: string;
  /** Whose credentials they were. */
  clientId: string;
  /** The version that the credentials are pinned to, if they are. */
  version?: ApiVersion;
}

/** What a handler knows of a request besides what the contract says. */
export interface Context<Extra = unknown> {
  /** Who sends the request. */
  principal: Principal;
  /** The version that the answer is given in. */
  version: ApiVersion;
  /** As in the `X-Request-Id` header of the answer. */
  requestId: string;
  /** Logs with the request ID. */
  log: Logger;
  /** What `options.prepare` gave. */
  extra: Extra;
}

/** What `createApp` takes besides the handlers. */
export interface AppOptions<Extra = undefined> {
  /** Gives the principal of these credentials, or undefined when they are not valid. What it throws is answered like a handler's error. */
  authenticate(
    credentials: Credentials,
    request: {
      /** The address that it came from, as `trustProxy` has it. */
      ip: string;
    },
  ): Promise<Principal | undefined> | Principal | undefined;
  /**
   * For so many milliseconds a client that was let in is let in again, with the same credentials from the same address, without a question to `authenticate`:
   * a revocation takes so much longer. Default: 0, each request asks.
   */
  rememberLogInMs?: number;
  /** Default: warnings and faults, as JSON lines on the standard output. A line for each request comes at the level `info`: `pino()`. */
  log?: Logger;
  /** Called after authentication. Throws an `ApiError('RateLimited')` to turn the request away. */
  limit?(principal: Principal): Promise<void> | void;
  /** Called before the contract is checked; may take from the request what is not part of the contract. Its result reaches the handler as `context.extra`. */
  prepare?(request: Request): Extra;
  /** Called when a request is over, answered or not. */
  observe?(exchange: Exchange): void;
  /** Translates what handlers and `authenticate` throw into what the client is told. What it gives nothing for becomes an `InternalError`. */
  toApiError?(error: unknown): ApiError | undefined;
  /** Origins that browsers may call from; `'*'` for any. Default: none. */
  corsOrigins?: '*' | readonly string[];
  /** How many proxies, or which, may set `X-Forwarded-For`: Express's `trust proxy`. Default: none. */
  trustProxy?: boolean | number | string;
  /** What else the app serves, outside the contract: tried before it. */
  alongside?: RequestHandler | RequestHandler[];
  /** Another contract than the generated one, with the same operations. */
  contract?: Contract;
}

/**
 * Makes the app; it listens on nothing. Resolves when every schema is compiled and the first request will be as fast as the next.
 * Rejects with an Error when the contract is broken or a handler is missing.
 *
 * Checks are made in this order, and the first that fails answers: route, method, credentials, rate limit, `Sequence-Version`, media type,
 * size, JSON, contract. Nobody unauthenticated gets a body parsed.
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
  // The type of the JSON file is narrower, and differs in its index signatures.
  const contract = options.contract ?? bundledContract;
  const entries = operationsOf(contract);

  // The generated contract was judged when it was generated, and its examples are tried here; judging it again would take half of the start.
  const guards = await createGuards(contract, { validateContract: options.contract !== undefined });
  const logIn = createLogIn(options);
  const endOfTurn = createTurns();
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('strict routing').enable('case sensitive routing');
  app.set('trust proxy', options.trustProxy ?? false);
  Object.assign(app.response, { json: writeJson, writeHead });
  app.use(openRequest(log, options.observe));
  if (options.corsOrigins?.length) app.use(allowOrigins(options.corsOrigins));
  if (options.alongside) app.use(options.alongside);

  // One of Express's routes for each path: it looks at every route in turn, for each request.
  const paths = new Map(routes.map(({ path }) => [path, app.route(expressPath(path))] as const));
  // Express would answer HEAD with what serves GET. The contract means the methods that it names.
  for (const [path, at] of paths) if (!methodsAt(path).includes('HEAD')) at.head(refuseMethod(path));
  for (const route of routes) {
    const place = entries.find(({ operation }) => operation.operationId === route.operationId);
    if (!place) throw new Error(`The contract has no operation ${route.operationId}. Run \`npm run generate\`.`);
    if (typeof handlers[route.operationId] !== 'function')
      throw new Error(`There is no handler for ${route.operationId}.`);
    const guard = guards(place);
    const explain = createExplain(contract, place);
    const check = createCheckAnswer(contract, place, route);
    paths.get(route.path)?.[methodOf(route)](async (request: Request, response: EdgeResponse, next: NextFunction) => {
      response.locals.operationId = route.operationId;
      const principal = await logIn(request);
      response.locals.principal = principal;
      if (options.limit) await options.limit(principal);
      const version = chooseVersion(request, principal);
      response.locals.version = version;
      if (route.body) checkMediaType(request, route.body.mediaTypes);
      request.body = route.body ? await readJson(request, response) : undefined;
      await endOfTurn();
      const extra = options.prepare?.(request) as Extra; // Without `prepare`, Extra is undefined.
      try {
        await guard(request, response, next);
      } catch (error) {
        explainRefusal(error, explain, request);
      }
      const context = new RequestContext(principal, version, response.locals.requestId, log, extra);
      // The guard has just checked that the request has the shape that the handler's type asks for.
      const answer: Answer = await handlers[route.operationId](typedRequest(request, route) as never, context);
      check(answer);
      sendAnswer(response, answer);
    });
  }

  for (const [path, at] of paths) at.all(refuseMethod(path));
  app.use(() => {
    throw new ApiError('NotFound');
  });
  app.use(answerError(log, options.toApiError));
  return app;
}

/** Most handlers log nothing, and a child logger costs as much as a line of the log, so it is made when it is asked for. */
class RequestContext<Extra> implements Context<Extra> {
  readonly principal: Principal;
  readonly version: ApiVersion;
  readonly requestId: string;
  readonly extra: Extra;
  readonly #parent: Logger;
  #log: Logger | undefined;

  constructor(principal: Principal, version: ApiVersion, requestId: string, parent: Logger, extra: Extra) {
    this.principal = principal;
    this.version = version;
    this.requestId = requestId;
    this.extra = extra;
    this.#parent = parent;
  }

  get log(): Logger {
    this.#log ??= this.#parent.child({ requestId: this.requestId });
    return this.#log;
  }
}

function expressPath(path: string): string {
  return basePath + path.replace(/\{(\w+)\}/g, ':$1');
}

function methodOf(route: Route) {
  return route.method.toLowerCase() as Lowercase<Route['method']>;
}

function methodsAt(path: string): string[] {
  return routes.filter((route) => route.path === path).map(({ method }) => method);
}

function refuseMethod(path: string): RequestHandler {
  return () => {
    throw new ApiError('MethodNotAllowed', { headers: { Allow: methodsAt(path).join(', ') } });
  };
}

/** The header wins over the version that the credentials are pinned to; without either it is the newest. */
function chooseVersion(request: Request, principal: Principal): ApiVersion {
  const asked = request.headers['sequence-version'];
  if (asked === undefined) return principal.version ?? NEWEST;
  const version = apiVersions.find((each) => each === asked);
  if (version) return version;
  const shown = String(asked).slice(0, 100);
  throw new ApiError('UnrecognisedApiVersion', {
    message: `There is no API version ${JSON.stringify(shown)}. Use ${apiVersions.join(' or ')}, or send no Sequence-Version header.`,
  });
}

function explainRefusal(error: unknown, explain: Explain, request: Request): never {
  if (!(error instanceof Error && 'status' in error && error.status === 400)) throw error;
  const explanation = explain({
    path: request.params,
    query: request.query,
    header: request.headers,
    body: request.body,
  });
  if (explanation.violations.length === 0)
    throw new Error('The guard refused a request in which no fault was found.', { cause: error });
  throw invalidRequest(explanation, error);
}

function invalidRequest({ violations, more }: Explanation, cause: unknown): ApiError {
  const count = violations.length.toLocaleString('en');
  const places = violations.length === 1 ? '1 place' : `${count} places`;
  return new ApiError('InvalidRequest', {
    message: `The request breaks the contract in ${more ? `more than ${places}; the first ${count} are in` : `${places}; see`} details.`,
    details: violations,
    cause,
  });
}

/** The declared parts of a request, headers under the names of the contract. */
function typedRequest(request: Request, route: Route) {
  const headers: Record<string, unknown> = {};
  for (const name of route.parameters.header) {
    const value = request.headers[name.toLowerCase()];
    if (value !== undefined) headers[name] = value;
  }
  // To read `request.query` takes the URL apart.
  const query = request.originalUrl.includes('?') ? request.query : {};
  return { path: request.params, query, headers, body: request.body };
}

const internal = (cause: unknown) => new ApiError('InternalError', { cause });

/** Express gives up on a path in which a parameter is not percent-encoded UTF-8. Nothing stands at such a path. */
function translateOwn(error: unknown): ApiError | undefined {
  return error instanceof URIError && 'status' in error ? new ApiError('NotFound', { cause: error }) : undefined;
}

/** What is not an `ApiError` is a fault of ours: logged in full, shown to nobody. */
function answerError(log: Logger, translate: AppOptions['toApiError']): EdgeErrorHandler {
  return (error: unknown, _request, response, _next) => {
    const known = error instanceof ApiError ? error : (translateOwn(error) ?? translate?.(error) ?? internal(error));
    if (known.status >= 500)
      log.error({ requestId: response.locals.requestId, err: known.cause ?? known }, 'request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // An answer that turned out to be broken may have left its own headers.
    for (const name of ANSWER_HEADERS) response.removeHeader(name);
    for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, String(value));
    sendJson(response, known.status, known.body);
  };
}
