// Cross-origin requests: the origins that may call, and the headers that browsers may read.
import cors, { type CorsOptions } from 'cors';
import type { RequestHandler } from 'express';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';

interface Tables {
  readonly routes: readonly Pick<RouteEntry, 'responses'>[];
  readonly edgeHeaders: readonly string[];
}

/** Adds the CORS headers to a response, and calls the last argument. */
export type AddCorsHeaders = ReturnType<typeof cors<cors.CorsRequest>>;

/**
 * Creates the function that adds the CORS headers to a response. Browsers may read every header that the contract
 * declares in any of its versions.
 */
export function createAddCorsHeaders(origins: '*' | readonly string[], versions: readonly Tables[]): AddCorsHeaders {
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
  return cors(options);
}

/**
 * Returns the CORS headers, keyed by name, of the response to a request of which only the origin is known. The origin
 * is only compared with those that may call, so it may be any text.
 */
export function corsHeadersFor(origin: string, addCorsHeaders: AddCorsHeaders): Map<string, string> {
  const headers = new Map<string, string>();
  const response = {
    getHeader: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => headers.set(name, value),
    end: () => {},
  };
  addCorsHeaders({ headers: { origin } }, response, () => {});
  return headers;
}

/**
 * Creates the CORS middleware.
 *
 * @param applyPin runs before the response to a preflight request
 */
export function allowOrigins(addCorsHeaders: AddCorsHeaders, applyPin: RequestHandler): RequestHandler {
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
    addCorsHeaders(request, response, isPreflight ? respond : next);
  };
}
