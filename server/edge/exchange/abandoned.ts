// Responses that nobody waits for any more.
import type { ServerResponse } from 'node:http';

const abandoned = new WeakSet<ServerResponse>();

/**
 * To be called when a request has turned out malformed and was refused in this response, or when nobody can get it:
 * what the app does with it fails from then on, and that is no error.
 */
export function abandon(response: ServerResponse): void {
  abandoned.add(response);
}

/** Whether the error of a request is none. */
export function isAbandoned(response: ServerResponse): boolean {
  return abandoned.has(response);
}
