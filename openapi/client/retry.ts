// Which requests are retried, and how long a retry waits.

const FIRST_DELAY_MS = 250;

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT_METHODS = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'];

/** A fresh `Idempotency-Key`. */
export function createIdempotencyKey(): string {
  // Browsers have `randomUUID` in secure contexts only.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

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

/** `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date, which is compared with the server's `Date`. */
function retryAfterMs(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // `Date.parse` also accepts "-1", and reads a date without a zone as local time.
  const dateMs = /^[A-Z][a-z]{2,8}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(dateMs)) return undefined;
  return Math.max(0, dateMs - (Date.parse(headers.get('Date') ?? '') || Date.now()));
}

/** Resolves after a duration in milliseconds. Rejects with the reason of the signal if that aborts first. */
export function sleep(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
