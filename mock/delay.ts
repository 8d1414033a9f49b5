// The delay of the mock: how it is written, what it may be, and the waiting.
import type { RequestHandler } from 'express';

/** Milliseconds before every answer, or the least and the most of them. */
export type Delay = number | readonly [least: number, most: number];

/** A minute: by then every client has given up. */
const LIMIT_MS = 60_000;

/** What is wrong with the delay; undefined when nothing is. */
export function findFault(delay: Delay): string | undefined {
  const [least, most] = boundsOf(delay);
  if (Number.isInteger(least) && Number.isInteger(most) && 0 <= least && least <= most && most <= LIMIT_MS) return;
  return `The delay has to be milliseconds, such as 200, or a range, such as 100-800; ${LIMIT_MS} at most.`;
}

/** Reads `200` or `100-800`; gives a delay with a fault for anything else. */
export function parseDelay(input: string): Delay {
  const [, least, most = least] = /^(\d+)(?:-(\d+))?$/.exec(input) ?? [];
  return [Number(least), Number(most)];
}

/** Holds each request back for a time between the bounds. A client that leaves takes its timer with it. */
export function wait(delay: Delay): RequestHandler {
  const [least, most] = boundsOf(delay);
  return (_request, response, next) => {
    const timer = setTimeout(next, least + Math.random() * (most - least));
    response.once('close', () => clearTimeout(timer));
  };
}

function boundsOf(delay: Delay): readonly [number, number] {
  return typeof delay === 'number' ? [delay, delay] : delay;
}
