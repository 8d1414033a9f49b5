// The middleware of the client: what the contract asks of requests and responses. It sends nothing.
import type { Middleware } from 'openapi-fetch';
import { versionTables } from '../../../generated/version-tables.ts';
import type { NewestVersion, VersionTypes } from '../../../generated/version-types.ts';
import { checkOptions, isRecord, type Rules } from '../../model/check/check-options.ts';
import type { ClientOperations } from '../../model/client-operations.ts';
import type { StandardSchema } from '../../model/validators/standard-schema.ts';
import { type Credentials, readCredentials } from '../credentials/credentials.ts';
import { checkResponse, type FindViolation } from './check-response.ts';
import { DEFAULT_TIMEOUT_MS } from './fetch.ts';
import { createIdempotencyKey, KEY, rememberKey } from './idempotency-key.ts';

/**
 * The options of {@link createMiddleware}.
 *
 * @example
 * const options: MiddlewareOptions = { credentials: { clientId: 'key', clientSecret: 'secret' } };
 */
export interface MiddlewareOptions {
  /**
   * What is sent as `Authorization`. Without it, nothing is: for applications whose session is a cookie, or whose own
   * backend adds the credentials. Everyone who can open a web page can read the secrets in it: in a browser, use only
   * credentials that belong to its user.
   */
  credentials?: Credentials | undefined;
  /** The `Sequence-Version` of each request. Default: the newest version of the contract. */
  version?: keyof VersionTypes | undefined;
  /**
   * Holds the bodies of successes to their schemas, those of the version: `responseSchemas` of the entry `…/schemas`.
   * Default: they only have to be objects.
   */
  responseSchemas?: ResponseSchemas | undefined;
}

/** Validators of response bodies, by status. */
type SchemasByStatus = Readonly<Record<number, StandardSchema>>;

/** By operationId. Under the name of an older version: those of that version. */
export type ResponseSchemas = Readonly<Record<string, SchemasByStatus | Readonly<Record<string, SchemasByStatus>>>>;

/**
 * Creates a middleware for openapi-fetch. It adds what a request lacks: credentials, version, a fresh
 * `Idempotency-Key`, and outside of browsers a `User-Agent`. It throws {@link UnexpectedResponse} for a response that
 * does not match the contract.
 *
 * @throws TypeError when credentials cannot be sent, such as a `clientId` with a colon
 *
 * @example
 * import createFetchClient from 'openapi-fetch';
 *
 * const plain = createFetchClient<paths>({ baseUrl: '/api', fetch: createFetch() });
 * plain.use(createMiddleware());
 */
export function createMiddleware(options: MiddlewareOptions = {}): RequestAndResponseMiddleware {
  checkOptions(options, MIDDLEWARE_RULES);
  return createMiddlewareFor(tableOf(options), options);
}

const VERSION = 'Sequence-Version';

/** Oldest first. */
// Its type has the names as its keys.
const VERSIONS = Object.keys(versionTables) as (keyof VersionTypes)[];

/** The version without a choice. */
export const NEWEST = VERSIONS.at(-1) as NewestVersion; // So it is generated.

/** The rules of {@link MiddlewareOptions}. */
export const MIDDLEWARE_RULES: Rules = {
  credentials: {
    expected: '{ clientId, clientSecret } or a function',
    isValid: (value) => typeof value === 'function' || (isRecord(value) && !(value instanceof Promise)),
    isSecret: true,
  },
  version: {
    expected: `one of ${VERSIONS.join(', ')}`,
    isValid: (value) => VERSIONS.some((each) => each === value),
  },
  responseSchemas: {
    expected: 'Standard Schemas by operationId and status',
    // `createFindViolation` looks into them.
    isValid: isRecord,
  },
};

/** The operations of the version that valid options ask for. */
export function tableOf({ version = NEWEST }: MiddlewareOptions): ClientOperations {
  return versionTables[version];
}

/** A middleware with both functions. */
type RequestAndResponseMiddleware = Required<Pick<Middleware, 'onRequest' | 'onResponse'>>;

/** The same for other operations than those of this package. */
export function createMiddlewareFor(
  { routes, errorStatuses }: ClientOperations,
  { credentials, version = NEWEST, responseSchemas }: MiddlewareOptions,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): RequestAndResponseMiddleware {
  const authorize = readCredentials(credentials, timeoutMs);
  const findViolation = responseSchemas && createFindViolation(responseSchemas, version, routes);
  const routeOf = (request: Request, path: string) =>
    routes.find((each) => each.method === request.method && each.path === path);
  return {
    async onRequest({ request, schemaPath }) {
      const route = routeOf(request, schemaPath);
      if (!route) throw new TypeError(`The contract has no operation ${request.method} ${schemaPath}.`);
      const { headers } = request;
      const add = (name: string, value: string | undefined) => {
        if (value !== undefined && !headers.has(name)) headers.set(name, value);
      };
      const { headers: declared = [], mediaType } = route;
      if (route.authenticated && !headers.has('Authorization')) add('Authorization', await authorize(request));
      if (declared.includes(VERSION)) {
        add(VERSION, version);
        // The types of the call, and the checks of its response, are those of the client's version.
        const sent = headers.get(VERSION);
        if (sent !== version) throw new TypeError(`The client has version ${version}: create another for ${sent}.`);
      }
      // `Headers` makes texts of what has no value, and the key would be that of other calls.
      if (/^(null|undefined|)$/.test(headers.get(KEY) ?? KEY)) throw new TypeError(`The \`${KEY}\` must not be empty.`);
      if (declared.includes(KEY)) add(KEY, createIdempotencyKey());
      if (!isBrowser()) add('User-Agent', USER_AGENT);
      // openapi-fetch has set that of plain JSON.
      if (mediaType !== undefined && headers.has('Content-Type')) headers.set('Content-Type', mediaType);
    },
    async onResponse({ request, response, schemaPath }) {
      rememberKey(request, response);
      const route = routeOf(request, schemaPath);
      if (route) await checkResponse(route, errorStatuses, request, response, findViolation);
      return undefined;
    },
  };
}

/** The product without its version, which is not known here, and the version of the API in a comment. */
const USER_AGENT = `customer-organizations-contract (${NEWEST})`;

/** Browsers have a User-Agent of their own, and would ask other origins whether they may send one. */
function isBrowser(): boolean {
  return 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
}

/** @throws TypeError for schemas that no response would be held to */
function createFindViolation(
  schemas: ResponseSchemas,
  version: string,
  routes: ClientOperations['routes'],
): FindViolation {
  const own = (schemas[version] ?? schemas) as Readonly<Record<string, SchemasByStatus>>; // Only versions have more.
  const isUsed = (id: string) =>
    routes.some(
      ({ operationId, statuses }) =>
        operationId === id &&
        statuses.some((status) => typeof own[id]?.[status]?.['~standard']?.validate === 'function'),
    );
  const ids = Object.keys(own).filter((key) => !(key in versionTables));
  if (!ids[0] || !ids.every(isUsed))
    throw new TypeError(
      'The `responseSchemas` option must be Standard Schemas by status, for ' +
        `${routes.map(({ operationId }) => operationId).join(', ')}.`,
    );
  return (operationId, status, body) => {
    const [issue] = own[operationId]?.[status]?.['~standard'].validate(body).issues ?? [];
    return issue && `/${issue.path.join('/')}: ${issue.message}`;
  };
}
