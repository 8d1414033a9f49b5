// Reduces the tables of a contract to what the client reads.
import type { ClientOperations, ClientRoute } from './client-operations.ts';
import type { RouteEntry } from './operation-tables.ts';

/** The tables of a contract, as the client reads them. */
export function toClientOperations(
  routes: readonly RouteEntry[],
  errorTypes: Readonly<Record<string, { status: number }>>,
): ClientOperations {
  return {
    routes: routes.map(toClientRoute),
    errorStatuses: Object.fromEntries(Object.entries(errorTypes).map(([type, { status }]) => [type, status])),
  };
}

function toClientRoute(route: RouteEntry): ClientRoute {
  const { operationId, method, path, authenticated, body, parameters, responses, mediaTypes } = route;
  const notJson = Object.keys(mediaTypes).filter((status) => !/[/+]json$/.test(mediaTypes[status] ?? ''));
  const lists = {
    headers: parameters.header,
    commaSeparated: parameters.commaSeparated,
    withoutBody: route.withoutBody,
    lists: route.lists ?? [],
    notJson: notJson.map(Number),
  };
  return {
    ...{ operationId, method, path, authenticated },
    ...(body && { mediaType: body.mediaTypes[0] }),
    statuses: Object.keys(responses).map(Number),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  };
}
