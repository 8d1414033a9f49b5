// The delay of responses.
import type { RequestHandler, Response } from 'express';
import type { Rule } from '../openapi/model/check-options.ts';

/** Milliseconds before each response, or a range from which each delay is drawn. */
export type Delay = number | readonly [minMs: number, maxMs: number];

/** A minute: clients time out before it. */
const MAX_DELAY_MS = 60_000;

/** What a delay must be. */
export const DELAY: Rule = {
  expected: `milliseconds, such as 200, or a range, such as 100-800; at most ${MAX_DELAY_MS}`,
  isValid: (value) => {
    const [minMs, maxMs, ...others] = Array.isArray(value) ? value : [value, value];
    const areIntegers = Number.isInteger(minMs) && Number.isInteger(maxMs) && others.length === 0;
    return areIntegers && 0 <= minMs && minMs <= maxMs && maxMs <= MAX_DELAY_MS;
  },
};

/** Parses `200` or `100-800`. Other text results in an invalid delay. */
export function parseDelay(input: string): Delay {
  const [, minMs, maxMs = minMs] = /^(\d+)(?:-(\d+))?$/.exec(input) ?? [];
  return [Number(minMs), Number(maxMs)];
}

/** Middleware that delays each request. `wait` calls back after a duration, unless the connection ends before. */
export function delayRequests(
  delay: Delay,
  wait: (response: Response, ms: number, next: () => void) => void,
): RequestHandler {
  const [minMs, maxMs] = rangeOf(delay);
  return (_request, response, next) => wait(response, minMs + Math.random() * (maxMs - minMs), next);
}

function rangeOf(delay: Delay): readonly [number, number] {
  return typeof delay === 'number' ? [delay, delay] : delay;
}
