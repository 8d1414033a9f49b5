// For apps that run on another server than that of `listen`, which rejects such targets.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** Nothing stands at this path. */
const NO_PATH = '//';

type Handle = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Lets an app respond to a request target without a path, such as `foo://bar`: as to any other at which nothing stands.
 * Express would skip its middleware, and respond in HTML.
 */
export function respondWithoutPath(app: Express): void {
  // Express does not declare the method that its app calls.
  const own = app as unknown as { handle: Handle };
  const handle = own.handle.bind(app);
  own.handle = (request, response, next) => {
    const { url = '' } = request;
    if (!url.startsWith('/') && !hasPath(url)) request.url = NO_PATH;
    handle(request, response, next);
  };
}

/** Whether Express finds a path in a target in absolute form, or `*`. */
function hasPath(url: string): boolean {
  return url === '*' || (/^https?:/i.test(url) && URL.canParse(url));
}
