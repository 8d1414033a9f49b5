// `createClient`: openapi-fetch with credentials, version, idempotency keys, retries, and results narrowed by status.
import createFetchClient from 'openapi-fetch';
import { type ApiVersion, apiVersions, type Route, routes } from '../../generated/operations.ts';
import { encodeBasicAuth } from './basic-auth.ts';
import { NetworkError } from './network-error.ts';
import { createResult, type ReceivedResponse } from './result.ts';
import { createIdempotencyKey, isIdempotent, retryDelayMs, sleep } from './retry.ts';
import type { Call, Method } from './types.ts';

/**
 * The options of {@link createClient}.
 *
 * @example
 * const options: ClientOptions = {
 *   baseUrl: 'https://sandbox.sequencehq.com/api',
 *   clientId: 'key',
 *   clientSecret: 'secret',
 *   retries: 0, // never sends a request again
 * };
 */
export interface ClientOptions {
  /** The URL of the API with its base path: `https://eu.sequencehq.com/api`. In a browser it may be a path: `/api`. */
  baseUrl: string;
  /** The user name of HTTP Basic, sent in UTF-8. No colon and no control characters. */
  clientId: string;
  /**
   * The password of HTTP Basic, sent in UTF-8. No control characters. Everyone who can open a web page can read the
   * secrets in it: in a browser, use only credentials that belong to its user.
   */
  clientSecret: string;
  /** The `Sequence-Version` of each request. Default: the newest version of the contract. */
  version?: ApiVersion | undefined;
  /** Sends a request. Default: the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** The maximum number of retries after a network failure, a 429 or a 503: 0 to 10. Default: 2. */
  retries?: number | undefined;
  /**
   * The maximum delay before a retry in milliseconds: 0 to 3,600,000. A response with a longer `Retry-After` is
   * returned without a retry. Default: 60,000.
   */
  maxRetryWaitMs?: number | undefined;
}

/**
 * The operations of the contract by method and path; see {@link createClient}.
 *
 * @example
 * async function createParent(client: Client, ownerId: string) {
 *   return client.POST('/customer-organizations', { body: { ownerId, memberIds: [] } });
 * }
 */
export type Client = { readonly [M in Method]: Call<M> };

/**
 * Creates a client for the operations of the contract.
 *
 * A call resolves with `{ status, data, response }` or `{ status, error, response }`, whatever the HTTP status is.
 * `status` and `error.type` narrow the rest. A response that does not match the contract, such as the HTML page of a
 * proxy, has `status: undefined` and the error type `UnexpectedResponse`; `response.status` is set even then.
 *
 * A request is retried after a network failure, a 429 and a 503, with the same `Idempotency-Key`. The delay is that of
 * `Retry-After`, or else an exponential back-off with jitter. Each call gets a fresh key, unless `params.header` has
 * one. Operations that are not idempotent are not retried.
 *
 * A call rejects with {@link NetworkError} when no attempt got a response, and with the reason of its `signal` when
 * that was aborted. The signal covers all attempts and the delays between them.
 *
 * @throws TypeError when an option is invalid, such as a `clientId` with a colon
 *
 * @example
 * const client = createClient({ baseUrl: 'http://localhost:3000/api', clientId: 'key', clientSecret: 'secret' });
 * const { data, error } = await client.POST('/customer-organizations', {
 *   body: { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] },
 *   signal: AbortSignal.timeout(5_000),
 * });
 * if (error) throw new Error(`${error.type}: ${error.message}`);
 * console.log(data.owner.name);
 */
export function createClient(options: ClientOptions): Client {
  const { version = NEWEST_VERSION, fetch: send = (request) => globalThis.fetch(request) } = options;
  const { retries = 2, maxRetryWaitMs = 60_000 } = options;
  if (!options.baseUrl) throw new TypeError('The `baseUrl` option is required, such as http://localhost:3000/api.');
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    throw new TypeError('The `retries` option must be an integer from 0 to 10.');
  // Timers overflow after 25 days; the longest Retry-After of the contract is an hour.
  if (!(maxRetryWaitMs >= 0 && maxRetryWaitMs <= 3_600_000))
    throw new TypeError('The `maxRetryWaitMs` option must be from 0 to 3,600,000.');

  // openapi-fetch types each operation; here they are all alike.
  const { request: fetchOperation } = createFetchClient({
    baseUrl: options.baseUrl,
    // With the credentials of the browser, a 401 would open its password dialog.
    credentials: 'omit',
    headers: { Authorization: encodeBasicAuth(options.clientId, options.clientSecret) },
  }) as unknown as { request: FetchOperation };

  async function attempt(route: Route, init: CallInit, defaultHeaders: Record<string, string>): Promise<Attempt> {
    let sent: Request | undefined;
    const addDefaultHeaders = ({ request }: { request: Request }) => {
      for (const [name, value] of Object.entries(defaultHeaders))
        if (!request.headers.has(name)) request.headers.set(name, value);
    };
    try {
      const { data, error, response } = await fetchOperation(route.method, route.path, {
        ...init,
        parseAs: 'text',
        middleware: [{ onRequest: addDefaultHeaders }],
        fetch: (request: Request) => {
          sent = request;
          return send(request);
        },
      });
      return { request: sent, response, body: response.ok ? data : error };
    } catch (error) {
      if (init.signal?.aborted) throw init.signal.reason;
      // Not a network failure: the request could not be created.
      if (!sent) throw error;
      return { request: sent, failure: error };
    }
  }

  async function call(route: Route, init: CallInit = {}): Promise<object> {
    const declared: readonly string[] = route.parameters.header;
    const defaultHeaders: Record<string, string> = {};
    if (declared.includes('Sequence-Version')) defaultHeaders['Sequence-Version'] = version;
    if (declared.includes('Idempotency-Key')) defaultHeaders['Idempotency-Key'] = createIdempotencyKey();
    for (let retry = 0; ; retry += 1) {
      init.signal?.throwIfAborted();
      const outcome = await attempt(route, init, defaultHeaders);
      const delayMs = retryDelayMs(outcome.response, retry, maxRetryWaitMs);
      if (delayMs === undefined || retry >= retries || !outcome.request || !isIdempotent(outcome.request)) {
        if (outcome.response) return createResult(route, outcome);
        throw new NetworkError(outcome.request, retry + 1, outcome.failure);
      }
      await sleep(delayMs, init.signal);
    }
  }

  const methods = [...new Set(routes.map(({ method }) => method))].map((method) => [
    method,
    async (path: string, init?: CallInit) => call(findRoute(method, path), init),
  ]);
  return Object.fromEntries(methods) as Client; // The routes and the type come from the same contract.
}

const NEWEST_VERSION: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

/** The second argument of a call, as far as it is read here. */
interface CallInit {
  signal?: AbortSignal | null | undefined;
}

type FetchOperation = (
  method: string,
  path: string,
  init: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/** `failure` is what `fetch` threw. */
type Attempt =
  | (ReceivedResponse & { failure?: undefined })
  | { request: Request; response?: undefined; failure: unknown };

function findRoute(method: string, path: string): Route {
  const route = routes.find((each) => each.method === method && each.path === path);
  if (!route) throw new TypeError(`The contract has no operation ${method} ${path}.`);
  return route;
}
