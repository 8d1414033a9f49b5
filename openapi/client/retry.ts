// When a request is sent again, and after how long.

const FIRST_WAIT_MS = 250;

/** Methods that RFC 9110, section 9.2.2, calls idempotent. */
const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'];

/** A fresh idempotency key. `randomUUID` is missing from pages that were not loaded over TLS, random values are not. */
export function createKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether sending it twice does no more than sending it once. */
export function mayRepeat(request: Request | undefined): boolean {
  return request !== undefined && (IDEMPOTENT.includes(request.method) || request.headers.has('Idempotency-Key'));
}

/**
 * How many milliseconds to wait before the request is sent again; undefined when it is final. No response means a network failure. A
 * `Retry-After` longer than the limit is final too: asking earlier would be refused again.
 */
export function waitBeforeRetry(response: Response | undefined, repeated: number, limitMs: number): number | undefined {
  if (response && response.status !== 429 && response.status !== 503) return undefined;
  const askedMs = response && readRetryAfter(response.headers);
  // Not all clients that were turned away together should come back together.
  if (askedMs === undefined) return Math.min(limitMs, FIRST_WAIT_MS * 2 ** repeated * (0.5 + Math.random()));
  return askedMs > limitMs ? undefined : askedMs;
}

/** `Retry-After` in milliseconds: RFC 9110, section 10.2.3, seconds or an HTTP date. A date is compared with the server's own clock, where it is told. */
function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('Retry-After')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Dates that name their zone alone: `Date.parse` would take much else, such as "-1", and a date without a zone for one of this machine's.
  const at = /^[A-Z][a-z]{2,8}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.max(0, at - (Date.parse(headers.get('Date') ?? '') || Date.now()));
}

/** Resolves after so many milliseconds. Rejects with the reason of the signal when that comes first. */
export function pause(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((settle, fail) => {
    signal?.throwIfAborted();
    const end = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      settle();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
