// Sends requests at a limited rate, and pauses after a 429 response for as long as the implementation asks.
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpRequest } from './case.ts';
import type { HttpResponse } from './validate-response.ts';

/** The time source; tests inject their own. */
export interface Clock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

export const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms) => delay(Math.max(0, ms)),
};

export interface SenderOptions {
  /** Requests per second. Default: unlimited. */
  rate?: number;
  clock?: Clock;
  /** Called when sending pauses, with the duration in seconds. */
  onWait?(seconds: number): void;
}

/** The implementation returns 429 for too long. */
export class RateLimitedError extends Error {}

/**
 * Sends one request. Calls `onRefusal` with each 429 response before a retry. Throws `RateLimitedError` when the
 * retries
 * are exhausted.
 */
export type Send = (request: HttpRequest, onRefusal?: (response: HttpResponse) => void) => Promise<HttpResponse>;

/** Retries of one request, with and without Retry-After in the response. */
const MAX_RETRIES = { withRetryAfter: 20, withoutRetryAfter: 6 };
const MAX_WAIT_SECONDS = 600;

/** A 429 response pauses all requests, because the limit applies to the client. */
export function createSender(
  transport: { send(request: HttpRequest): Promise<HttpResponse> },
  { rate, clock = REAL_CLOCK, onWait }: SenderOptions,
): Send {
  const gapMs = rate === undefined ? 0 : 1000 / rate;
  let lastMs = Number.NEGATIVE_INFINITY;
  let resumeMs = Number.NEGATIVE_INFINITY;

  async function waitForSlot(): Promise<void> {
    for (;;) {
      const slotMs = Math.max(lastMs + gapMs, clock.nowMs(), resumeMs);
      lastMs = slotMs;
      const waitMs = slotMs - clock.nowMs();
      if (waitMs > 0) await clock.wait(waitMs);
      // The response to another request may have extended the pause.
      if (slotMs >= resumeMs) return;
    }
  }

  return async (request, onRefusal) => {
    for (let refusals = 1; ; refusals++) {
      await waitForSlot();
      const response = await transport.send(request);
      if (response.status !== 429) return response;
      onRefusal?.(response);
      const retryAfter = readRetryAfter(response);
      // Exponential backoff without Retry-After.
      const seconds = retryAfter ?? 2 ** (refusals - 1);
      if (refusals > (retryAfter === undefined ? MAX_RETRIES.withoutRetryAfter : MAX_RETRIES.withRetryAfter))
        throw new RateLimitedError(
          `keeps returning 429 for the same request${retryAfter === undefined ? ', without Retry-After' : ''}`,
        );
      if (seconds > MAX_WAIT_SECONDS) throw new RateLimitedError(`returned 429 with a wait of ${seconds} s`);
      const untilMs = clock.nowMs() + seconds * 1000;
      if (untilMs <= resumeMs) continue;
      resumeMs = untilMs;
      onWait?.(seconds);
    }
  };
}

/** Seconds. RFC 9110, section 10.2.3, also allows a date. */
function readRetryAfter({ headers }: HttpResponse): number | undefined {
  const text = headers['retry-after'] ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
