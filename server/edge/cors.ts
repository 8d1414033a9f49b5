// Cross-origin requests: the origins that may call, and the headers that browsers may read.
import cors, { type CorsOptions } from 'cors';
import type { RequestHandler } from 'express';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';

interface Tables {
  readonly routes: readonly Pick<RouteEntry, 'responses'>[];
  readonly edgeHeaders: readonly string[];
}

/**
 * Creates the CORS middleware. Browsers may read every header that the contract declares in any of its versions.
 *
 * @param applyPin runs before the response to a preflight request
 */
export function allowOrigins(
  origins: '*' | readonly string[],
  versions: readonly Tables[],
  applyPin: RequestHandler,
): RequestHandler {
  const declared = versions
    .flatMap(({ routes }) => routes)
    .flatMap(({ responses }) => Object.values(responses).flatMap((headers) => Object.keys(headers)));
  const options: CorsOptions = {
    // `cors` would end a preflight with a Content-Length, which a 204 must not have (RFC 9110, section 8.6).
    preflightContinue: true,
    origin: origins === '*' ? '*' : [...origins],
    // Sorted, so that a new operation does not reorder the headers.
    exposedHeaders: [...new Set([...versions.flatMap(({ edgeHeaders }) => edgeHeaders), ...declared.sort()])],
    maxAge: 600,
  };
  const addHeaders = cors(options);
  // An OPTIONS request that is not a preflight (Fetch standard, section 3.3.2) is handled like any other method that
  // the contract does not have.
  return (request, response, next) => {
    const { method, headers } = request;
    const isPreflight = method === 'OPTIONS' && 'origin' in headers && 'access-control-request-method' in headers;
    const end = () => {
      // The request may have turned out malformed meanwhile, and already have a response.
      if (!response.headersSent) response.writeHead(204).end();
    };
    const respond = () => applyPin(request, response, end);
    addHeaders(request, response, isPreflight ? respond : next);
  };
}
