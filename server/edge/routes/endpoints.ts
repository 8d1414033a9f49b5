// The paths and methods of all versions, with the operation that each version has there.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';

/** A method of a path. */
export interface Endpoint {
  /** The method, in upper case. */
  method: string;
  /** The operation in each version that has one. */
  routes: Map<string, RouteEntry>;
}

/** The endpoints of a path, which is spelled as in the newest version that has it. */
export interface EndpointGroup {
  path: string;
  endpoints: Endpoint[];
}

/**
 * Groups the routes of all versions by path. Concrete paths come first, so that they are matched before templated ones
 * (OpenAPI 3.1, section 4.8.8.2).
 *
 * @param versions newest first
 */
export function groupEndpoints(versions: readonly { version: string; routes: readonly RouteEntry[] }[]) {
  const groups = new Map<string, EndpointGroup>();
  for (const { version, routes } of versions) {
    for (const route of routes) {
      const key = withoutNames(route.path);
      const group = groups.get(key) ?? { path: route.path, endpoints: [] };
      groups.set(key, group);
      const known = group.endpoints.find(({ method }) => method === route.method);
      if (known) known.routes.set(version, route);
      else group.endpoints.push({ method: route.method, routes: new Map([[version, route]]) });
    }
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : Number(one > other))).map(([, group]) => group);
}

/** Removes parameter names, which may differ between versions and do not affect matching. */
function withoutNames(path: string): string {
  return path.replace(/\{[^}]+\}/g, '\uffff');
}
