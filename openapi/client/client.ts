// The typed client: one `fetch` for each operation of the contract, with credentials, version, retries, and answers narrowed by status.
// Works in Node, browsers and workers, so nothing here may import from Node.
import createFetchClient from 'openapi-fetch';
import { type ApiVersion, apiVersions, fallbackResponses, type Route, routes } from '../../generated/operations.ts';
import { encodeBasic } from './basic-auth.ts';
import { NetworkError } from './network-error.ts';
import { createKey, mayRepeat, pause, waitBeforeRetry } from './retry.ts';
import type { Call, Method, UnexpectedResponse } from './types.ts';

export type { ApiVersion, ErrorType } from '../../generated/operations.ts';
export type { components, operations, paths } from '../../generated/schema.ts';
export { NetworkError } from './network-error.ts';
export type { Call, CallOptions, Method, Result, Schema, UnexpectedResponse } from './types.ts';

/**
 * What `createClient` takes.
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
  /** Where the API is, base path included: `https://eu.sequencehq.com/api`. In a browser it may be a path, such as `/api`. */
  baseUrl: string;
  /** The user name of HTTP Basic; no colon and no control characters. Sent in UTF-8. */
  clientId: string;
  /** The password of HTTP Basic; no control characters. Sent in UTF-8. Whoever can open a page can read the secrets in it: in a browser, use only what its user may know. */
  clientSecret: string;
  /** Sent as `Sequence-Version`. Default: the newest version of the contract that this client was made from. */
  version?: ApiVersion | undefined;
  /** Sends a request. Default: the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** How often a request is repeated after a network failure, a 429 or a 503: 0 to 10, 0 for never. Default: 2. */
  retries?: number | undefined;
  /** The longest wait before one repetition, in milliseconds, 0 to 3,600,000. A `Retry-After` beyond it ends the retries: the answer is handed over at once. Default: 60,000. */
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
 * Makes a client for the operations of the contract.
 *
 * A call resolves with `{ status, data, response }` or `{ status, error, response }`. An HTTP status never makes it reject. `status` and
 * `error.type` narrow the rest. An answer that is not of the contract, say the HTML page of a proxy, has `status: undefined` and the
 * error type `UnexpectedResponse`; `response.status` has the number even then.
 *
 * A network failure, a 429 and a 503 are repeated, with the same `Idempotency-Key`, after the time that `Retry-After` says, else after
 * an exponential back-off with jitter. The key is fresh for each call; one of your own in `params.header` wins. Operations that may not
 * be repeated safely are not.
 *
 * A call rejects with {@link NetworkError} when no attempt brought an answer, and with the reason of your `signal` when that ended it; the
 * signal covers all attempts and the waits between them.
 *
 * @throws TypeError when an option cannot be right, such as a `clientId` with a colon
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
  const { version = NEWEST, fetch: send = (request) => globalThis.fetch(request) } = options;
  const { retries = 2, maxRetryWaitMs = 60_000 } = options;
  if (!options.baseUrl) throw new TypeError('createClient needs a baseUrl, such as http://localhost:3000/api.');
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    throw new TypeError('retries must be a whole number from 0 to 10.');
  // Timers overflow at 25 days; the contract's longest Retry-After is an hour.
  if (!(maxRetryWaitMs >= 0 && maxRetryWaitMs <= 3_600_000))
    throw new TypeError('maxRetryWaitMs must be from 0 to 3,600,000.');

  // Its type has those of each operation; here they are all alike.
  const { request: sendOnce } = createFetchClient({
    baseUrl: options.baseUrl,
    // With the browser's own credentials, a 401 would open its password dialogue over the page.
    credentials: 'omit',
    headers: { Authorization: encodeBasic(options.clientId, options.clientSecret) },
  }) as unknown as { request: SendOnce };

  /** One attempt. `sent` tells a request that could not even be made from one that got no answer. */
  async function attempt(route: Route, init: Init, defaults: Record<string, string>): Promise<Attempt> {
    let sent: Request | undefined;
    const addDefaults = ({ request }: { request: Request }) => {
      for (const [name, value] of Object.entries(defaults))
        if (!request.headers.has(name)) request.headers.set(name, value);
    };
    try {
      const { data, error, response } = await sendOnce(route.method, route.path, {
        ...init,
        parseAs: 'text',
        middleware: [{ onRequest: addDefaults }],
        fetch: (request: Request) => {
          sent = request;
          return send(request);
        },
      });
      return { request: sent, response, body: response.ok ? data : error };
    } catch (error) {
      if (!sent || init.signal?.aborted) throw init.signal?.aborted ? init.signal.reason : error;
      return { request: sent, failure: error };
    }
  }

  async function call(route: Route, init: Init = {}): Promise<object> {
    const declared: readonly string[] = route.parameters.header;
    const defaults: Record<string, string> = {};
    if (declared.includes('Sequence-Version')) defaults['Sequence-Version'] = version;
    if (declared.includes('Idempotency-Key')) defaults['Idempotency-Key'] = createKey();
    for (let repeated = 0; ; repeated++) {
      init.signal?.throwIfAborted();
      const outcome = await attempt(route, init, defaults);
      const waitMs = waitBeforeRetry(outcome.response, repeated, maxRetryWaitMs);
      if (waitMs === undefined || repeated >= retries || !mayRepeat(outcome.request)) {
        if (outcome.response) return describe(route, outcome);
        throw new NetworkError(outcome.request, repeated + 1, outcome.failure);
      }
      await pause(waitMs, init.signal);
    }
  }

  const methods = [...new Set(routes.map(({ method }) => method))].map((method) => [
    method,
    async (path: string, init?: Init) => call(findRoute(method, path), init),
  ]);
  return Object.fromEntries(methods) as Client; // Made from the same contract as the type.
}

const NEWEST: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

/** What a call is given besides its path, as far as it is read here. */
interface Init {
  signal?: AbortSignal | null | undefined;
}

type SendOnce = (
  method: string,
  path: string,
  init: object,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

type Attempt = { request: Request | undefined } & (
  | { response: Response; body: unknown; failure?: undefined }
  | { response?: undefined; failure: unknown }
);

function findRoute(method: string, path: string): Route {
  const route = routes.find((each) => each.method === method && each.path === path);
  if (!route) throw new TypeError(`The contract has no operation ${method} ${path}.`);
  return route;
}

/** What the caller gets. Success comes as text, and is parsed here; errors come parsed, if they are JSON. */
function describe(route: Route, { request, response, body }: Attempt & { response: Response }): object {
  const { status } = response;
  const statuses = [...Object.keys(route.responses).map(Number), ...fallbackResponses.map((each) => each.status)];
  if (statuses.includes(status)) {
    if (!response.ok && isEnvelope(body)) return { status, error: body.error, response };
    if (response.ok) {
      if (status === 204 || request?.method === 'HEAD') return { status, data: undefined, response };
      try {
        return { status, data: JSON.parse(String(body)), response };
      } catch {
        // No JSON: not of the contract, as told below.
      }
    }
  }
  return {
    status: undefined,
    error: describeUnexpected(`${request?.method} ${request?.url}`, response, body),
    response,
  };
}

function isEnvelope(body: unknown): body is { error: { type: string; message: string } } {
  const { type, message } = Object(Object(body).error);
  return typeof type === 'string' && typeof message === 'string';
}

function describeUnexpected(place: string, response: Response, body: unknown): UnexpectedResponse {
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  const shown = text === '' ? 'without a body' : `with ${response.headers.get('Content-Type') ?? 'no media type'}`;
  const start = text && ` Body: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
  return {
    type: 'UnexpectedResponse',
    message: `${place} returned ${response.status} ${shown}, which does not match the contract. Check the base URL.${start}`,
    body,
  };
}
