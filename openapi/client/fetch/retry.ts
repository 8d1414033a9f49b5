// Which requests are retried, and how long a retry waits.
import { KEY } from '../idempotency-key.ts';
import { limitTime } from '../limit-time.ts';
import { retryAfterMs } from './retry-after.ts';

/** Whether sending the request twice has the same effect as sending it once. */
export function isIdempotent({ method, headers }: Request): boolean {
  // RFC 9110, section 9.2.2.
  return /^(GET|HEAD|PUT|DELETE|OPTIONS|TRACE)$/.test(method) || headers.has(KEY);
}

/**
 * The delay before the next attempt in milliseconds; undefined to stop. A missing response means that the network
 * failed. A `Retry-After` over the limit ends the retries, since an attempt before that time would be rejected.
 */
export function retryDelayMs(response: Response | undefined, attempts: number, limitMs: number): number | undefined {
  if (response && ![429, 503].includes(response.status)) return undefined;
  const requestedMs = response && retryAfterMs(response.headers);
  // 125 to 375 ms, doubled by each attempt. The jitter keeps clients that failed together from retrying together.
  if (requestedMs === undefined) return Math.min(limitMs, 2 ** attempts * (62.5 + 125 * Math.random()));
  return requestedMs > limitMs ? undefined : requestedMs;
}

/** Resolves after a duration in milliseconds, or when the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await limitTime(signal, ms, '', () => new Promise(() => {})).catch(() => {});
}
