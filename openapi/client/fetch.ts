// A `fetch` with retries and time-outs. It knows nothing of the contract.
import { keyIn, rememberKey } from './idempotency-key.ts';
import { NetworkError } from './network-error.ts';
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
  /** 1 for the first. */
  attempt: number;
  /** The status of the response; undefined without one. */
  status: number | undefined;
  /** What `fetch` threw; undefined with a response. */
  error: unknown;
  /** From the request to the end of the response, in milliseconds. */
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
  /** Called after each attempt. What it throws is the result of the call. */
  onAttempt?: ((attempt: Attempt) => void) | undefined;
}

/** Statuses whose responses have no body: Fetch standard, section 2.2.3. */
const NULL_BODY_STATUSES = [101, 103, 204, 205, 304];

/**
 * Creates a `fetch` that sends a request again after a network failure, a time-out, a 429 and a 503. The delay is that
 * of `Retry-After`, or else an exponential back-off with jitter. Requests that are not idempotent, such as a POST
 * without an `Idempotency-Key`, are sent once. A response is read to its end before it is returned.
 *
 * The function rejects with {@link NetworkError} when no attempt got a response, or the signal of the request aborted.
 * The signal covers all attempts and the delays between them.
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
  const { fetch: send = (request: Request) => globalThis.fetch(request), onAttempt } = options;
  const { retries = 2, maxRetryWaitMs = 60_000, timeoutMs = 30_000 } = options;
  if (!Number.isInteger(retries) || retries < 0 || retries > 10)
    throw new TypeError('The `retries` option must be an integer from 0 to 10.');
  // Timers overflow after 25 days; the longest Retry-After of the contract is an hour.
  if (!(maxRetryWaitMs >= 0 && maxRetryWaitMs <= 3_600_000))
    throw new TypeError('The `maxRetryWaitMs` option must be from 0 to 3,600,000.');
  if (!(timeoutMs >= 1 && timeoutMs <= 3_600_000))
    throw new TypeError('The `timeoutMs` option must be from 1 to 3,600,000.');

  return async (input, init) => {
    const request = input instanceof Request && !init ? input : new Request(input, init);
    const { method, url, signal } = request;
    for (let retry = 0; ; retry += 1) {
      if (signal.aborted) throw new NetworkError(request, retry, signal.reason);
      const startedMs = Date.now();
      const { response, error } = await attempt(request, send, timeoutMs);
      const delayMs = signal.aborted ? undefined : retryDelayMs(response, retry, maxRetryWaitMs);
      const retryInMs = retry < retries && isIdempotent(request) ? delayMs : undefined;
      const durationMs = Date.now() - startedMs;
      const outcome = { status: response?.status, error, durationMs, retryInMs, idempotencyKey: keyIn(request) };
      onAttempt?.({ method, url, attempt: retry + 1, ...outcome });
      if (retryInMs === undefined) {
        if (!response || signal.aborted)
          throw new NetworkError(request, retry + 1, signal.aborted ? signal.reason : error);
        rememberKey(request, response);
        return response;
      }
      await sleep(retryInMs, signal).catch((reason: unknown) => {
        throw new NetworkError(request, retry + 1, reason);
      });
    }
  };
}

/** Sends the request once, and reads the response. */
async function attempt(
  request: Request,
  send: (request: Request) => Promise<Response>,
  timeoutMs: number,
): Promise<{ response?: Response; error?: unknown }> {
  const controller = new AbortController();
  const abort = () => controller.abort(request.signal.reason);
  request.signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`There was no complete response within ${timeoutMs} ms.`, 'TimeoutError'));
  }, timeoutMs);
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  try {
    // A `fetch` of the caller may not look at the signal.
    const response = await Promise.race([send(new Request(request.clone(), { signal: controller.signal })), aborted]);
    return { response: await Promise.race([readToEnd(response), aborted]) };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', abort);
  }
}

/** The same response with its body in memory. */
async function readToEnd(response: Response): Promise<Response> {
  const { status, statusText, headers, url } = response;
  // Browsers hide the status of a redirection that is not followed (Fetch standard, section 2.2.6).
  if (response.type === 'opaqueredirect' || NULL_BODY_STATUSES.includes(status)) return response;
  const body = await response.arrayBuffer();
  const whole = new Response(body.byteLength > 0 ? body : null, { status, statusText, headers });
  return Object.defineProperty(whole, 'url', { value: url });
}
