// Handles request targets without a path, for apps that run on a server other than that of `listen`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';

/** A path that no route matches. */
const NO_PATH = '//';

type Handle = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Makes an app respond to a request target without a path, such as `foo://bar`, as to an unknown path. Express would
 * skip its middleware and respond in HTML.
 */
export function respondWithoutPath(app: Express): void {
  // The types of Express do not declare this method of an app.
  const own = app as unknown as { handle: Handle };
  const handle = own.handle.bind(app);
  own.handle = (request, response, next) => {
    const { url = '' } = request;
    if (!url.startsWith('/') && !hasPath(url)) request.url = NO_PATH;
    handle(request, response, next);
  };
}

/** Returns whether Express finds a path in the target. */
function hasPath(url: string): boolean {
  return url === '*' || (/^https?:/i.test(url) && URL.canParse(url));
}
