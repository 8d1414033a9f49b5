// Marks responses that nobody is waiting for any longer.
import type { ServerResponse } from 'node:http';

const abandoned = new WeakSet<ServerResponse>();

/**
 * Must be called when a request has turned out malformed and this response rejects it, or when its client cannot get
 * the response. Whatever the app does with it then fails, which is not an error.
 */
export function abandon(response: ServerResponse): void {
  abandoned.add(response);
}

/** Returns whether errors of the request are expected, and so can be ignored. */
export function isAbandoned(response: ServerResponse): boolean {
  return abandoned.has(response);
}
