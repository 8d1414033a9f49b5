// The paths and methods of all versions, and which operation each version has there.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';

/** A path with a method. */
export interface Endpoint {
  /** In upper case. */
  method: string;
  /** Its operation in each version that has one. */
  routes: Map<string, RouteEntry>;
}

/** The endpoints of a path, in the spelling of the newest version that has it. */
export interface EndpointGroup {
  path: string;
  endpoints: Endpoint[];
}

/**
 * Groups the routes of all versions by path: concrete paths first, as OpenAPI 3.1, section 4.8.8.2 wants them matched.
 *
 * @param versions the newest first
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

/** The path as it is matched: the names of its parameters may differ between versions. */
function withoutNames(path: string): string {
  return path.replace(/\{[^}]+\}/g, '\uffff');
}
