// `createClient`: openapi-fetch with credentials, version, idempotency keys, retries, and results narrowed by status.
import { type ApiVersion, apiVersions, routes } from '../../generated/operations.ts';
import { encodeBasicAuth } from './basic-auth.ts';
import { createCalls } from './calls.ts';
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

  const calls = createCalls(routes, {
    ...{ baseUrl: options.baseUrl, version, send, retries, maxRetryWaitMs },
    authorization: encodeBasicAuth(options.clientId, options.clientSecret),
  });
  return calls as Client; // The routes and the type come from the same contract.
}

const NEWEST_VERSION: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];
