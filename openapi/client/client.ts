// `createClient`: openapi-fetch with the fetch and the middleware of this package.
import createFetchClient from 'openapi-fetch';
import type { NewestVersion, VersionTypes } from '../../generated/version-types.ts';
import { checkOptions, type Rule } from '../model/check/check-options.ts';
import type { ClientOperations, ClientRoute } from '../model/client-operations.ts';
import { serializePath, serializeQuery } from '../model/serialize-parameters.ts';
import { currentPageUrl, resolveBaseUrl } from './base-url.ts';
import { createFetchOf, FETCH_RULES, type FetchOptions, requireFetchApi } from './fetch/fetch.ts';
import {
  createMiddlewareFor,
  findRoute,
  MIDDLEWARE_RULES,
  type MiddlewareOptions,
  NEWEST,
  tableOf,
} from './fetch/middleware.ts';
import { keyOf } from './idempotency-key.ts';
import type { Client } from './types.ts';

/**
 * The options of {@link createClient}.
 *
 * @example
 * const options: ClientOptions = {
 *   baseUrl: 'https://sandbox.sequencehq.com/api',
 *   credentials: { clientId: 'key', clientSecret: 'secret' },
 *   retries: 0, // never sends a request again
 * };
 */
export interface ClientOptions<Version extends keyof VersionTypes = NewestVersion>
  extends FetchOptions,
    MiddlewareOptions {
  /**
   * The URL of the API with its base path: `https://eu.sequencehq.com/api`. In a web page, and where `location` stands
   * for one, it may be a path: `/api`. Elsewhere a call with a path rejects with a TypeError.
   */
  baseUrl: string | URL;
  /** The version of the API, whose types the client has. Default: the newest of the contract. */
  version?: Version | undefined;
}

/**
 * Creates a client for the operations of the contract: one of openapi-fetch, with `createFetch` and
 * {@link createMiddleware}.
 *
 * A call resolves with `{ data, response }` or `{ error, response }`, whatever the HTTP status is; `error.error.type`
 * narrows the error. Both have the `idempotencyKey` that was sent. {@link unwrap} throws the error instead.
 *
 * A request is retried after a network failure, a time-out, a 429 and a 503, with the same `Idempotency-Key`. Each call
 * gets a fresh key, unless `params.header` has one. Operations that are not idempotent are not retried.
 *
 * A call rejects with {@link NetworkError} when the last attempt got no response, even if earlier ones got a 429 or
 * 503, and with {@link UnexpectedResponse} when the response does not match the contract, such as the HTML page of a
 * proxy.
 *
 * @throws TypeError when an option is invalid, such as a `clientId` with a colon
 *
 * @example
 * const client = createClient({
 *   baseUrl: 'http://localhost:3000/api',
 *   credentials: { clientId: 'key', clientSecret: 'secret' },
 * });
 * const { data, error } = await client.POST('/customer-organizations', {
 *   body: { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] },
 *   signal: AbortSignal.timeout(60_000),
 * });
 * if (error) throw new Error(`${error.error.type}: ${error.error.message}`);
 * console.log(data.owner.name);
 */
export function createClient<Version extends keyof VersionTypes = NewestVersion>(
  options: ClientOptions<Version>,
): Client<Version> {
  checkOptions(options, { baseUrl: BASE_URL, ...FETCH_RULES, ...MIDDLEWARE_RULES });
  // The table and the type come from the same contract.
  return createClientFor(tableOf(options), options) as Client<Version>;
}

/** Accepts any type: `resolveBaseUrl` says what is wrong. */
const BASE_URL: Rule = { expected: 'a URL', isValid: () => true };

/** Creates a client for any table of operations. The options have been validated. */
export function createClientFor(operations: ClientOperations, options: ClientOptions<keyof VersionTypes>): object {
  const { routes } = operations;
  const client = createFetchClient<Record<string, never>>({
    // A placeholder: each call passes its own base URL. Code that is also rendered on a server creates clients there,
    // but makes no calls.
    baseUrl: resolveBaseUrl(options.baseUrl, 'http://page'),
    pathSerializer: serializePath,
    // If the browser added credentials of its own, a 401 would open its password dialog.
    credentials: options.credentials ? 'omit' : 'same-origin',
  });
  client.use(createMiddlewareFor(operations, options, options.timeoutMs));
  // openapi-fetch types each operation; here they are all alike.
  const send = client.request as unknown as (method: string, path: string, init: object) => Promise<Result>;

  const call = async (method: string, path: string, init?: CallOptions | null): Promise<object> => {
    const route = findRoute(routes, method.toUpperCase(), path);
    const { baseUrl = options.baseUrl, fetch = options.fetch, params, headers, ...others } = init ?? {};
    checkOptions({ fetch }, FETCH_RULES);
    requireFetchApi(fetch);
    const { response, ...result } = await send(method, path, {
      ...(route && optionsOf(route)),
      ...others,
      baseUrl: resolveBaseUrl(baseUrl, currentPageUrl()),
      headers: headersOf(headers),
      params: { ...params, header: headersOf(params?.header) },
      // The `fetch` of a single call gets the time-out and the retries of the client, too.
      fetch: createFetchOf({ ...options, fetch }),
    });
    // openapi-fetch reports a redirection as an error. The middleware has already rejected an undeclared one.
    const isRedirection = !response.ok && response.status < 400;
    return { ...(isRedirection ? { data: undefined } : result), response, idempotencyKey: keyOf(response) };
  };
  const functions = Object.entries(client).map(([name, own]) => [
    name,
    // The names of HTTP methods are in upper case; other functions are passed through.
    /[a-z]/.test(name) ? own : (path: string, init?: object) => call(name, path, init),
  ]);
  return { ...Object.fromEntries(functions), request: call, version: options.version ?? NEWEST };
}

/** The options of a call that are read here. Callers without types may pass null. */
interface CallOptions {
  fetch?: FetchOptions['fetch'];
  params?: { header?: unknown } | null;
  headers?: unknown;
  baseUrl?: string;
}

/** openapi-fetch treats a list of pairs and a `Map` as plain objects, and would lose an `Idempotency-Key` in them. */
function headersOf(headers: unknown): unknown {
  return Symbol.iterator in Object(headers) ? new Headers(headers as Headers) : headers; // `Headers` validates it.
}

interface Result {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** What the contract says about how a request of this operation is sent. */
function optionsOf({ commaSeparated, statuses }: ClientRoute): object {
  return {
    querySerializer: (query: Record<string, unknown>) => serializeQuery(query, commaSeparated),
    // `fetch` would follow a redirection that is the declared response: Fetch standard, section 2.2.3.
    ...(/30[12378]/.test(`${statuses}`) && { redirect: 'manual' }),
  };
}
