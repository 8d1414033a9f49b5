// Finds the operation of a request by its path and method.
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import { ApiError } from '../../server/edge/errors.ts';

interface FoundRoute {
  route: RouteEntry;
  /** The path parameters, keyed by name. */
  path: Record<string, string>;
}

/**
 * Returns the part of a path after the base path, beginning with a slash; undefined for a path that does not begin with
 * the base path. Either may be percent-encoded, and they may encode different characters.
 */
export function pathBelow(basePath: string, path: string): string | undefined {
  const [base, segments] = [basePath.split('/'), path.split('/')];
  const isBelow =
    segments.length > base.length && base.every((segment, index) => isSame(segment, segments[index] ?? ''));
  return isBelow ? `/${segments.slice(base.length).join('/')}` : undefined;
}

function isSame(segment: string, other: string): boolean {
  return (decode(segment) ?? segment) === (decode(other) ?? other);
}

/** Finds the route for a path without the base path. Throws `NotFound` or `MethodNotAllowed`. */
export function findRoute(routes: readonly RouteEntry[], method: string, path: string): FoundRoute {
  // Concrete paths are matched before templated ones: OpenAPI 3.1, section 4.8.8.2.
  const key = (route: RouteEntry) => route.path.replace(/\{[^}]+\}/g, '\uffff');
  const sorted = [...routes].sort((one, other) => (key(one) < key(other) ? -1 : Number(key(one) > key(other))));
  const [first, ...others] = sorted.flatMap((route) => {
    const parameters = match(route.path, path);
    return parameters ? [{ route, path: parameters }] : [];
  });
  if (!first) throw new ApiError('NotFound');
  const ofPath = [first, ...others.filter(({ route }) => route.path === first.route.path)];
  const found = ofPath.find(({ route }) => route.method === method);
  if (found) return found;
  const allowed = ofPath.map(({ route }) => route.method).join(', ');
  throw new ApiError('MethodNotAllowed', { headers: { Allow: allowed } });
}

/** Returns the parameters of a path if it matches the template. */
function match(template: string, path: string): Record<string, string> | undefined {
  const [names, segments] = [template.split('/'), path.split('/')];
  if (names.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of names.entries()) {
    const [, name] = /^\{(.+)\}$/.exec(segment) ?? [];
    const value = segments[index] ?? '';
    if (name === undefined && value !== segment && value !== encodeURI(segment)) return undefined;
    if (name !== undefined) {
      const decoded = decode(value);
      if (!decoded) return undefined;
      parameters[name] = decoded;
    }
  }
  return parameters;
}

/** Returns undefined for a segment that is not percent-encoded UTF-8. */
function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
