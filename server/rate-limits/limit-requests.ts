// Limits the requests of each API key.
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../edge/errors.ts';
import type { AppOptions } from '../edge/options.ts';

/** The part of a limiter of rate-limiter-flexible that is used. Its other stores let replicas count together. */
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'get'>;

export interface CounterOptions {
  keyPrefix: string;
  points: number;
  /** In seconds. */
  duration: number;
}

export interface RequestLimitOptions {
  /** 0: no limit. */
  perMinute: number;
  /** Default: in the memory of this process. Its errors are handled like those of the store. */
  createCounter?: (options: CounterOptions) => Pick<Counter, 'consume'> | undefined;
  /** Called for each rejected request. */
  onRefused?: () => void;
}

/** The length of a window. */
export const WINDOW_SECONDS = 60;

/**
 * Limits the requests of each API key in a window, which starts with its first request. Only known keys are counted, so
 * the memory is bounded. `Retry-After` is the end of the window: then the full number is available again.
 */
export function limitRequests({ perMinute, createCounter, onRefused }: RequestLimitOptions): AppOptions['limit'] {
  if (perMinute === 0) return undefined;
  const options = { keyPrefix: 'requests', points: perMinute, duration: WINDOW_SECONDS };
  const counter = createCounter?.(options) ?? new RateLimiterMemory(options);
  return async ({ account, clientId }) => {
    await counter.consume(`${account}/${clientId}`).catch((rejection: unknown) => {
      onRefused?.();
      throw toRateLimited(rejection);
    });
  };
}

/** Returns the error of the client for a rejection of a limiter, and any other error as it is. */
export function toRateLimited(rejection: unknown): unknown {
  if (!(rejection instanceof RateLimiterRes)) return rejection;
  const seconds = Math.min(Math.max(Math.ceil(rejection.msBeforeNext / 1000), 1), 3600);
  return new ApiError('RateLimited', { headers: { 'Retry-After': seconds } });
}
