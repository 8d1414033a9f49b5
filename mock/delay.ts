// The delay of responses.
import type { RequestHandler, Response } from 'express';
import { describeValue } from '../openapi/model/check/check-options.ts';

/** The delay of each response in milliseconds, or a range from which each delay is drawn at random. */
export type Delay = number | readonly [minMs: number, maxMs: number];

/** One minute; clients time out earlier. */
const MAX_DELAY_MS = 60_000;

/** The form of a delay on the command line, for messages. */
export const DELAY_TEXT = `milliseconds, such as 200, or a range, such as 100-800; at most ${MAX_DELAY_MS}`;

/** Returns whether a value is a valid delay: integers within the limit, in ascending order if it is a range. */
export function isDelay(value: unknown): value is Delay {
  const [minMs, maxMs, ...others] = Array.isArray(value) ? value : [value, value];
  const areIntegers = Number.isInteger(minMs) && Number.isInteger(maxMs) && others.length === 0;
  return areIntegers && 0 <= minMs && minMs <= maxMs && maxMs <= MAX_DELAY_MS;
}

/** @throws TypeError when the option is not a valid delay */
export function checkDelay(value: unknown): void {
  if (value === undefined || isDelay(value)) return;
  const found = Array.isArray(value) ? `[${value.map(describeValue).join(', ')}]` : describeValue(value);
  const expected = 'milliseconds, such as 200, or the lowest and the highest, such as [100, 800]';
  throw new TypeError(`The \`delay\` option must be ${expected}; integers from 0 to 60,000, not ${found}.`);
}

/** Parses `200` or `100-800`. Any other text yields an invalid delay. */
export function parseDelay(input: string): Delay {
  const [, minMs, maxMs = minMs] = /^(\d+)(?:-(\d+))?$/.exec(input) ?? [];
  return [Number(minMs), Number(maxMs)];
}

/**
 * Creates middleware that delays each request. `wait` calls back after the delay, unless the connection closes first.
 */
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
