// The middleware of the client: what the contract asks of requests and responses. It sends nothing.
import type { Middleware } from 'openapi-fetch';
import { versionTables } from '../../../generated/version-tables.ts';
import type { NewestVersion, VersionTypes } from '../../../generated/version-types.ts';
import { checkOptions, isRecord, type Rules } from '../../model/check/check-options.ts';
import type { ClientOperations } from '../../model/client-operations.ts';
import { currentPageUrl } from '../base-url.ts';
import { type Credentials, readCredentials } from '../credentials/credentials.ts';
import { attemptsOf } from '../errors/network-error.ts';
import { createIdempotencyKey, KEY, rememberKey } from '../idempotency-key.ts';
import { limitCall } from '../limit-call.ts';
import { checkResponse, type FindViolation } from './check-response.ts';
import { DEFAULT_TIMEOUT_MS } from './fetch.ts';

/**
 * The options of {@link createMiddleware}.
 *
 * @example
 * const options: MiddlewareOptions = { credentials: { clientId: 'key', clientSecret: 'secret' } };
 */
export interface MiddlewareOptions {
  /**
   * What is sent as `Authorization`. Leave it out in applications whose session is a cookie, or whose own backend adds
   * the credentials. Everyone who can open a web page can read the secrets in it: in a browser, use only credentials
   * that belong to its user.
   */
  credentials?: Credentials | undefined;
  /** The `Sequence-Version` of each request. Default: the newest version of the contract. */
  version?: keyof VersionTypes | undefined;
  /**
   * Validates the bodies of successes against the schemas of the version: `responseSchemas` of the entry `…/schemas`,
   * or Standard Schemas of any library. Asynchronous ones must return within `timeoutMs`. By default, a body only has
   * to be an object.
   */
  responseSchemas?: ResponseSchemas | undefined;
}

/** A validator of response bodies, from any library that has Standard Schemas. One that is asynchronous is awaited. */
interface ResponseSchema {
  /** The properties of a Standard Schema that are read here. */
  readonly '~standard': {
    /** Validates a body. */
    readonly validate: (value: unknown) => ValidationResult | Promise<ValidationResult>;
  };
}

/** The fields of a Standard Schema result that are read here. */
interface ValidationResult {
  /** The violations; missing for a valid body. */
  readonly issues?: readonly ValidationIssue[] | undefined;
}

/** Libraries may leave the path out, or wrap the names in it. */
interface ValidationIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** The names and indexes that lead to the violation in the body. */
  readonly path?: readonly (PropertyKey | PathSegment)[] | undefined;
}

/** A name or an index that is wrapped. */
interface PathSegment {
  /** The name or the index. */
  readonly key: PropertyKey;
}

/** Validators of response bodies, by status. */
type SchemasByStatus = Readonly<Record<number, ResponseSchema>>;

/** The validators by operationId. The name of an older version has the validators of that version. */
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

/** The live versions, oldest first. */
// The keys of the type are the names of the versions.
const VERSIONS = Object.keys(versionTables) as (keyof VersionTypes)[];

/** The version of a client that chooses none. */
export const NEWEST = VERSIONS.at(-1) as NewestVersion; // The generator writes the newest version last.

/** The rules of {@link MiddlewareOptions}. */
export const MIDDLEWARE_RULES: Rules = {
  credentials: {
    expected: '{ clientId, clientSecret } or a function',
    isValid: (value) => typeof value === 'function' || (isRecord(value) && !(value instanceof Promise)),
    isSecret: true,
  },
  version: {
    expected: `one of ${VERSIONS.join(', ')}`,
    // `includes` accepts a value of any type.
    isValid: (value) => VERSIONS.includes(value as NewestVersion),
  },
  responseSchemas: {
    expected: 'Standard Schemas by success status',
    // `createFindViolation` checks the contents.
    isValid: isRecord,
  },
};

/** The route of an operation. The method is in upper case. */
export function findRoute(
  routes: ClientOperations['routes'],
  method: string,
  path: string,
): ClientOperations['routes'][number] | undefined {
  return routes.find((each) => each.method === method && each.path === path);
}

/** The operations of the version that valid options ask for. */
export function tableOf({ version = NEWEST }: MiddlewareOptions): ClientOperations {
  return versionTables[version];
}

/** A middleware with both functions. */
type RequestAndResponseMiddleware = Required<Pick<Middleware, 'onRequest' | 'onResponse'>>;

/** Creates a middleware for any table of operations. The options have been validated. */
export function createMiddlewareFor(
  { routes, errorStatuses }: ClientOperations,
  { credentials, version = NEWEST, responseSchemas }: MiddlewareOptions,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): RequestAndResponseMiddleware {
  const authorize = readCredentials(credentials, timeoutMs);
  const findViolation = responseSchemas && createFindViolation(responseSchemas, version, routes, timeoutMs);
  return {
    async onRequest({ request, schemaPath }) {
      const route = findRoute(routes, request.method, schemaPath);
      if (!route) throw new TypeError(`The contract has no operation ${request.method} ${schemaPath}.`);
      const { headers } = request;
      const add = (name: string, value: string | undefined) => {
        if (value && !headers.has(name)) headers.set(name, value);
      };
      const { headers: declared = [], mediaType } = route;
      if (route.authenticated && !headers.has('Authorization')) add('Authorization', await authorize(request));
      if (declared.includes(VERSION)) {
        add(VERSION, version);
        // The types of the call, and the checks of its response, are those of the client's version.
        const sent = headers.get(VERSION);
        if (sent !== version) throw new TypeError(`The client has version ${version}: create another for ${sent}.`);
      }
      // `Headers` turns null and undefined into text, so that several calls would share one key.
      if (/^(null|undefined|)$/.test(headers.get(KEY) ?? KEY)) throw new TypeError(`The \`${KEY}\` must not be empty.`);
      if (declared.includes(KEY)) add(KEY, createIdempotencyKey());
      if (currentPageUrl() === undefined) add('User-Agent', USER_AGENT);
      // openapi-fetch has set the media type of plain JSON.
      if (mediaType && headers.has('Content-Type')) headers.set('Content-Type', mediaType);
    },
    async onResponse({ request, response, schemaPath }) {
      rememberKey(request, response);
      attemptsOf.set(request, attemptsOf.get(request) ?? 1);
      const route = findRoute(routes, request.method, schemaPath);
      if (route) await checkResponse(route, errorStatuses, request, response, findViolation);
      return undefined;
    },
  };
}

/**
 * The product without its version, which is not known here, and the version of the API in a comment. Browsers send a
 * value of their own, and this one would cause a CORS preflight.
 */
const USER_AGENT = `customer-organizations-contract (${NEWEST})`;

/** @throws TypeError for schemas that no response would be validated against */
function createFindViolation(
  schemas: ResponseSchemas,
  version: string,
  routes: ClientOperations['routes'],
  timeoutMs: number,
): FindViolation {
  const own = (schemas[version] ?? schemas) as Readonly<Record<string, SchemasByStatus>>; // Only versions nest.
  // Errors are validated against the envelope alone.
  const isUsed = (id: string) =>
    routes.some(
      ({ operationId, statuses }) =>
        operationId === id &&
        statuses.some((status) => status < 400 && typeof own[id]?.[status]?.['~standard']?.validate === 'function'),
    );
  const ids = Object.keys(own).filter((key) => !(key in versionTables));
  if (!ids[0] || !ids.every(isUsed))
    throw new TypeError(
      'The `responseSchemas` option must be Standard Schemas by success status, for ' +
        `${routes.map(({ operationId }) => operationId).join(', ')}.`,
    );
  return async (request, operationId, status, body) => {
    const result = await limitCall(request, timeoutMs, '`responseSchemas`', () =>
      own[operationId]?.[status]?.['~standard'].validate(body),
    );
    const [issue] = result?.issues ?? [];
    return (
      issue && `/${(issue.path ?? []).map((each) => String(Object(each).key ?? each)).join('/')}: ${issue.message}`
    );
  };
}
