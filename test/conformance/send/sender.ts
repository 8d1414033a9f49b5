// Sends requests at a limited rate, and pauses after a 429 or 503 response for as long as the implementation asks.
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpRequest } from '../cases/case.ts';
import type { HttpResponse } from '../validate/validate-response.ts';

/** The time source; tests inject their own. */
export interface Clock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

const REAL_CLOCK: Clock = {
  nowMs: () => performance.now(),
  wait: (ms) => delay(Math.max(0, ms)),
};

export interface SenderOptions {
  /** Requests per second. Default: unlimited. */
  rate?: number;
  /** How many 503 responses with a short Retry-After lead to a retry. Default: 0. */
  unavailableRetries?: number;
  clock?: Clock;
  /** Called when sending pauses, with the duration in seconds. */
  onWait?(seconds: number): void;
}

/** Thrown when the implementation returns 429 for too long. */
export class RateLimitedError extends Error {
  /** Whether each response named a wait, after which the next request was rejected again. */
  readonly isWaitWrong: boolean;

  constructor(message: string, isWaitWrong = false) {
    super(message);
    this.isWaitWrong = isWaitWrong;
  }
}

type OnRejection = (response: HttpResponse) => void;
type Exchange = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * Sends one request. Calls `onRejection` with each 429 or 503 response before a retry. Throws `RateLimitedError` when
 * the retries are exhausted.
 */
export interface Send {
  /** `exchange` replaces the function of the transport. */
  (request: HttpRequest, onRejection?: OnRejection, exchange?: Exchange): Promise<HttpResponse>;
  /** Sends a group of requests at once, and all of them again after a 429 or 503 response. */
  group(count: number, exchange: () => Promise<HttpResponse[]>, onRejection?: OnRejection): Promise<HttpResponse[]>;
}

/** Retries of one request, with and without Retry-After in the response. */
const MAX_RETRIES = { withRetryAfter: 20, withoutRetryAfter: 6 };
const MAX_WAIT_SECONDS = 600;
/** The retries of one request after 503 responses, which may follow a short lock. */
const MAX_UNAVAILABLE = { retries: 3, waitSeconds: 10 };

/** A 429 response pauses all requests, because the limit applies to the client; so does a 503. */
export function createSender(
  transport: { send: Exchange },
  { rate, unavailableRetries = 0, clock = REAL_CLOCK, onWait }: SenderOptions,
): Send {
  let unavailableLeft = unavailableRetries;
  const gapMs = rate === undefined ? 0 : 1000 / rate;
  let lastMs = Number.NEGATIVE_INFINITY;
  let resumeMs = Number.NEGATIVE_INFINITY;

  /** A group waits until all of its requests are due, and is sent at once. */
  async function waitForSlot(count: number): Promise<void> {
    for (;;) {
      const slotMs = Math.max(lastMs + count * gapMs, clock.nowMs(), resumeMs);
      lastMs = slotMs;
      const waitMs = slotMs - clock.nowMs();
      if (waitMs > 0) await clock.wait(waitMs);
      // The response to another request may have extended the pause.
      if (slotMs >= resumeMs) return;
    }
  }

  const group: Send['group'] = async (count, exchange, onRejection) => {
    for (let rejections = 1; ; rejections++) {
      await waitForSlot(count);
      const responses = await exchange();
      const limited = responses.filter(({ status }) => status === 429);
      const isRetried = limited.length > 0 || (unavailableLeft > 0 && rejections <= MAX_UNAVAILABLE.retries);
      const rejected = [...limited, ...responses.filter(isBrieflyUnavailable)];
      const [first] = rejected;
      if (!first || !isRetried) return responses;
      if (limited.length === 0) unavailableLeft--;
      for (const each of rejected) onRejection?.(each);
      const retryAfter = readRetryAfter(first);
      // Backs off exponentially if there is no `Retry-After`.
      const seconds = retryAfter ?? 2 ** (rejections - 1);
      if (rejections > (retryAfter === undefined ? MAX_RETRIES.withoutRetryAfter : MAX_RETRIES.withRetryAfter))
        throw new RateLimitedError(
          `keeps returning 429 for the same request${retryAfter === undefined ? ', without Retry-After' : ''}`,
          retryAfter !== undefined,
        );
      if (seconds > MAX_WAIT_SECONDS) throw new RateLimitedError(`returned 429 with a wait of ${seconds} s`);
      const untilMs = clock.nowMs() + seconds * 1000;
      if (untilMs <= resumeMs) continue;
      resumeMs = untilMs;
      onWait?.(seconds);
    }
  };
  const send = async (
    request: HttpRequest,
    onRejection?: OnRejection,
    exchange = transport.send,
  ): Promise<HttpResponse> => {
    const [response] = await group(1, async () => [await exchange(request)], onRejection);
    if (!response) throw new Error('A group of one has no response.');
    return response;
  };
  return Object.assign(send, { group });
}

function isBrieflyUnavailable(response: HttpResponse): boolean {
  if (response.status !== 503) return false;
  return (readRetryAfter(response) ?? Number.POSITIVE_INFINITY) <= MAX_UNAVAILABLE.waitSeconds;
}

/** The delay in seconds. RFC 9110, section 10.2.3, also allows a date. */
function readRetryAfter({ headers }: HttpResponse): number | undefined {
  const text = headers['retry-after'] ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
