// Which requests are retried, and how long a retry waits.
import { retryAfterMs } from './retry-after.ts';

const FIRST_DELAY_MS = 250;

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT_METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'];

/** Whether sending the request twice has the same effect as sending it once. */
export function isIdempotent({ method, headers }: Request): boolean {
  return IDEMPOTENT_METHODS.includes(method) || headers.has('Idempotency-Key');
}

/**
 * The delay before the next attempt in milliseconds; undefined to stop. No response means that the network failed. A
 * `Retry-After` over the limit ends the retries, since an earlier attempt would be rejected as well.
 */
export function retryDelayMs(response: Response | undefined, retries: number, limitMs: number): number | undefined {
  if (response && response.status !== 429 && response.status !== 503) return undefined;
  const requestedMs = response && retryAfterMs(response.headers);
  // The jitter keeps clients that failed together from retrying together.
  if (requestedMs === undefined) return Math.min(limitMs, FIRST_DELAY_MS * 2 ** retries * (0.5 + Math.random()));
  return requestedMs > limitMs ? undefined : requestedMs;
}

/** Resolves after a duration in milliseconds. Rejects with the reason of the signal if that aborts first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
