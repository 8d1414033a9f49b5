// The calls of a client: each sends one operation, retries it, and resolves with its result.
import createFetchClient from 'openapi-fetch';
import type { RouteEntry } from '../model/operation-tables.ts';
import { serializePath, serializeQuery } from '../model/serialize.ts';
import { NetworkError } from './network-error.ts';
import { createResult, type ReceivedResponse } from './result.ts';
import { createIdempotencyKey, isIdempotent, retryDelayMs, sleep } from './retry.ts';

interface Settings {
  baseUrl: string;
  /** The value of `Authorization`, for operations that need credentials. */
  authorization: string;
  /** The `Sequence-Version` of each request. */
  version: string;
  send: (request: Request) => Promise<Response>;
  retries: number;
  maxRetryWaitMs: number;
}

/** Calls an operation by its path. */
type Call = (path: string, init?: CallInit) => Promise<object>;

/** One call for each method. */
export function createCalls(routes: readonly RouteEntry[], settings: Settings): Record<string, Call> {
  const { version, retries, maxRetryWaitMs } = settings;
  // openapi-fetch types each operation; here they are all alike.
  const { request: fetchOperation } = createFetchClient({
    baseUrl: settings.baseUrl,
    // With the credentials of the browser, a 401 would open its password dialog.
    credentials: 'omit',
  }) as unknown as { request: FetchOperation };

  async function attempt(route: RouteEntry, init: CallInit, defaultHeaders: Record<string, string>): Promise<Attempt> {
    let sent: Request | undefined;
    const addDefaultHeaders = ({ request }: { request: Request }) => {
      for (const [name, value] of Object.entries(defaultHeaders))
        if (!request.headers.has(name)) request.headers.set(name, value);
      const [mediaType] = route.body?.mediaTypes ?? [];
      // openapi-fetch has set that of plain JSON.
      if (mediaType !== undefined && request.headers.has('Content-Type'))
        request.headers.set('Content-Type', mediaType);
    };
    try {
      const { data, error, response } = await fetchOperation(route.method, route.path, {
        // `fetch` would follow a redirection that is the declared response.
        ...(isRedirecting(route) && { redirect: 'manual' }),
        ...init,
        pathSerializer: serializePath,
        querySerializer: (query: Record<string, unknown>) => serializeQuery(query, route.parameters.commaSeparated),
        parseAs: 'text',
        middleware: [{ onRequest: addDefaultHeaders }],
        fetch: (request: Request) => {
          sent = request;
          return settings.send(request);
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

  async function call(route: RouteEntry, init: CallInit = {}): Promise<object> {
    const declared = route.parameters.header;
    const defaultHeaders: Record<string, string> = {};
    if (route.authenticated) defaultHeaders.Authorization = settings.authorization;
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

  const methods = [...new Set(routes.map(({ method }) => method))].map((method): [string, Call] => [
    method,
    async (path, init) => call(findRoute(routes, method, path), init),
  ]);
  return Object.fromEntries(methods);
}

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

/** The statuses that `fetch` follows: Fetch standard, section 2.2.3. */
const REDIRECTIONS = ['301', '302', '303', '307', '308'];

function isRedirecting({ responses }: RouteEntry): boolean {
  return REDIRECTIONS.some((status) => status in responses);
}

function findRoute(routes: readonly RouteEntry[], method: string, path: string): RouteEntry {
  const route = routes.find((each) => each.method === method && each.path === path);
  if (!route) throw new TypeError(`The contract has no operation ${method} ${path}.`);
  return route;
}
