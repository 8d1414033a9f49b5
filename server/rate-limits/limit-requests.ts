// Limits the requests of each API key.
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../edge/errors.ts';
import type { AppOptions } from '../edge/options.ts';

/** The part of a rate-limiter-flexible limiter that is used. Its other stores let replicas count together. */
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'get'>;

export interface CounterOptions {
  keyPrefix: string;
  points: number;
  /** The length of a window in seconds. */
  duration: number;
}

export interface RequestLimitOptions {
  /** The maximum of requests a minute; 0 for no limit. */
  perMinute: number;
  /** Creates the counter, whose errors are handled like those of the store. Default: in the memory of this process. */
  createCounter?: (options: CounterOptions) => Pick<Counter, 'consume'> | undefined;
  /** Called for each rejected request. */
  onRejected?: () => void;
}

/** The length of a window in seconds. */
export const WINDOW_SECONDS = 60;

/**
 * Limits the requests of each API key in a window that starts with its first request. Only known keys are counted, so
 * the memory is bounded. `Retry-After` is the end of the window, when the full number is available again.
 */
export function limitRequests({ perMinute, createCounter, onRejected }: RequestLimitOptions): AppOptions['limit'] {
  if (perMinute === 0) return undefined;
  const options = { keyPrefix: 'requests', points: perMinute, duration: WINDOW_SECONDS };
  const counter = createCounter?.(options) ?? new RateLimiterMemory(options);
  return async ({ account, clientId }) => {
    await counter.consume(`${account}/${clientId}`).catch((rejection: unknown) => {
      onRejected?.();
      throw toRateLimited(rejection);
    });
  };
}

/** Converts a rejection of a limiter to the error for the client. Returns any other error as it is. */
export function toRateLimited(rejection: unknown): unknown {
  if (!(rejection instanceof RateLimiterRes)) return rejection;
  const seconds = Math.min(Math.max(Math.ceil(rejection.msBeforeNext / 1000), 1), 3600);
  return new ApiError('RateLimited', { headers: { 'Retry-After': seconds } });
}
