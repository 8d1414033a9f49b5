// A `fetch` with retries and time-outs. It knows nothing of the contract.
import {
  checkOptions,
  describeValue,
  FUNCTION,
  integerFrom,
  isRecord,
  numberFrom,
  type Rules,
} from '../../model/check/check-options.ts';
import { attemptsOf, isDefect, isPermanent, NetworkError } from '../errors/network-error.ts';
import { keyIn } from '../idempotency-key.ts';
import { limitTime } from '../limit-time.ts';
import { isIdempotent, retryDelayMs, sleep } from './retry.ts';

/**
 * An attempt to send a request, for logs.
 *
 * @example
 * const onAttempt = ({ method, url, attempt, status, durationMs }: Attempt) =>
 *   console.log(method, url, attempt, status ?? 'no response', durationMs);
 */
export interface Attempt {
  /** The HTTP method, in upper case. */
  method: string;
  /** The URL, which has no credentials. */
  url: string;
  /** The number of the attempt, from 1. */
  attempt: number;
  /** The status of the response; undefined without one. */
  status: number | undefined;
  /** What `fetch` threw; undefined with a response. */
  error: unknown;
  /** The duration from the request to the end of the response, in milliseconds. */
  durationMs: number;
  /** The delay before the next attempt in milliseconds; undefined for the last. */
  retryInMs: number | undefined;
  /** The `Idempotency-Key` of the request. */
  idempotencyKey: string | undefined;
}

/**
 * The options of {@link createFetch}.
 *
 * @example
 * const options: FetchOptions = { retries: 0, timeoutMs: 5_000 };
 */
export interface FetchOptions {
  /** Sends a request. Default: the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** The maximum number of retries after a network failure, a time-out, a 429 or a 503: 0 to 10. Default: 2. */
  retries?: number | undefined;
  /**
   * The maximum delay before a retry in milliseconds: 0 to 3,600,000. A response with a longer `Retry-After` is
   * returned without a retry. Default: 60,000.
   */
  maxRetryWaitMs?: number | undefined;
  /** The time for each attempt in milliseconds, its response included: 1 to 3,600,000. Default: 30,000. */
  timeoutMs?: number | undefined;
  /**
   * Called after each attempt. An error that it throws, or rejects with, is reported with `reportError` or
   * `console.error`, and changes nothing else: the attempt may have created something.
   */
  onAttempt?: ((attempt: Attempt) => unknown) | undefined;
}

/** The longest Retry-After of the contract is an hour. Timers overflow after 25 days. */
const MAX_MS = 3_600_000;

/** The rules of {@link FetchOptions}. */
export const FETCH_RULES: Rules = {
  fetch: FUNCTION,
  retries: integerFrom(0, 10),
  maxRetryWaitMs: numberFrom(0, MAX_MS),
  timeoutMs: numberFrom(1, MAX_MS),
  onAttempt: FUNCTION,
};

/** The time for an attempt, and for the function `credentials`, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Creates a `fetch` that sends a request again after a network failure, a time-out, a 429 and a 503. The delay is that
 * of `Retry-After`, or else an exponential back-off with jitter. Requests that are not idempotent, such as a POST
 * without an `Idempotency-Key`, are sent once. A response is read to its end before it is returned.
 *
 * The function rejects with {@link NetworkError} when the last attempt got no response, even if earlier ones got a 429
 * or 503, or when the signal of the request aborted. The signal covers all attempts and the delays between them.
 *
 * @throws TypeError when an option is out of its limits
 *
 * @example
 * const patientFetch = createFetch({ retries: 5, timeoutMs: 10_000 });
 * const response = await patientFetch('http://localhost:3000/livez');
 */
export function createFetch(
  options: FetchOptions = {},
): (input: Request | string | URL, init?: RequestInit) => Promise<Response> {
  checkOptions(options, FETCH_RULES);
  return createFetchOf(options);
}

/** Creates the `fetch` of options that have been validated. */
export function createFetchOf(options: FetchOptions): ReturnType<typeof createFetch> {
  const {
    fetch = (request: Request) => globalThis.fetch(request),
    retries = 2,
    maxRetryWaitMs = 60_000,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    onAttempt,
  } = options;

  return async (input, init) => {
    requireFetchApi(options.fetch);
    const request = input instanceof Request && !init ? input : new Request(input, init);
    if (request.bodyUsed) throw new TypeError('The body is used already.');
    const { method, url, signal } = request;
    const idempotencyKey = keyIn(request);
    if (signal.aborted) throw new NetworkError(request, signal.reason);
    for (let attempt = 1; ; attempt += 1) {
      const startedMs = Date.now();
      attemptsOf.set(request, attempt);
      const { response, error } = await send(request, fetch, timeoutMs);
      const isOwn = !response && isDefect(error);
      const isFinal = signal.aborted || attempt > retries || !isIdempotent(request) || isOwn || isPermanent(error);
      const retryInMs = isFinal ? undefined : retryDelayMs(response, attempt, maxRetryWaitMs);
      const durationMs = Date.now() - startedMs;
      report(onAttempt, {
        method,
        url,
        attempt,
        status: response?.status,
        error,
        durationMs,
        retryInMs,
        idempotencyKey,
      });
      if (retryInMs !== undefined) await sleep(retryInMs, signal);
      if (signal.aborted) throw new NetworkError(request, signal.reason);
      if (retryInMs !== undefined) continue;
      if (isOwn) throw error;
      if (!response) throw new NetworkError(request, error);
      return response;
    }
  };
}

/** @throws TypeError where there is no `Request`, or neither a `fetch` of the caller nor a global one */
export function requireFetchApi(fetch: FetchOptions['fetch']): void {
  if (typeof Request === 'undefined' || !(fetch ?? globalThis.fetch))
    throw new TypeError('No Fetch API. See the `fetch` option, or jest-fixed-jsdom.');
}

/** Sends the request once, and reads the response. */
async function send(
  request: Request,
  fetch: (request: Request) => Promise<Response>,
  timeoutMs: number,
): Promise<{ response?: Response; error?: unknown }> {
  // Throws when the body has been read. The next attempt needs the clone.
  const copy = request.clone();
  const message = `No response within ${timeoutMs} ms.`;
  return limitTime(request.signal, timeoutMs, message, async (signal) => {
    const sent: unknown = await fetch(new Request(copy, { signal }));
    return readToEnd(checkIsResponse(sent));
  }).then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

/** A `fetch` of the caller may resolve with anything, and with a `Response` of another implementation. */
function checkIsResponse(sent: unknown): Response {
  if (!isRecord(sent) || typeof sent.status !== 'number' || typeof sent.arrayBuffer !== 'function')
    throw new TypeError(`The \`fetch\` option must return a Response, not ${describeValue(sent)}.`);
  // The network error of the Fetch standard, section 2.2.6.
  if (sent.type === 'error') throw new TypeError('Failed to fetch');
  // The value has all properties of a response that are read here.
  return sent as unknown as Response;
}

function report(onAttempt: FetchOptions['onAttempt'], attempt: Attempt): void {
  // Node has no `reportError`, and its types declare none.
  const { reportError = console.error } = globalThis as { reportError?: (error: unknown) => void };
  // An async function, so that it rejects with what is thrown.
  void (async () => onAttempt?.(attempt))().catch(reportError);
}

/** The same response with its body in memory. */
async function readToEnd(response: Response): Promise<Response> {
  const { type, url, status, headers } = response;
  // Browsers hide the status of a redirection that is not followed (Fetch standard, section 2.2.6).
  if (type === 'opaqueredirect') return response;
  const body = await response.arrayBuffer();
  // Some firewalls send 999, which `fetch` passes on, and of which no `Response` can be made.
  const whole = new Response(body.byteLength ? body : null, status > 599 ? { headers, status: 599 } : response);
  return Object.defineProperties(whole, { url: { value: url }, status: { value: status } });
}
