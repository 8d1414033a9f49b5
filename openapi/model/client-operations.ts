// What the client knows of operations: as little as possible, for it is a part of every page.
import type { RouteEntry } from './operation-tables.ts';

/** The operations of a version. */
export interface ClientOperations {
  readonly routes: readonly ClientRoute[];
  /** By error type. */
  readonly errorStatuses: Readonly<Record<string, number>>;
}

/** What a `RouteEntry` has that the client reads. Lists that are empty are left out. */
export interface ClientRoute {
  readonly operationId: string;
  /** In upper case. */
  readonly method: string;
  readonly path: string;
  readonly authenticated: boolean;
  /** Of the request body, if there is one. */
  readonly mediaType?: string | undefined;
  /** Names of the headers that can be sent. */
  readonly headers?: readonly string[] | undefined;
  /** Names of arrays in the query whose items are separated by commas. */
  readonly commaSeparated?: readonly string[] | undefined;
  /** Of all responses. */
  readonly statuses: readonly number[];
  /** Of responses without a body. */
  readonly withoutBody?: readonly number[] | undefined;
  /** Of responses whose body is a list. */
  readonly lists?: readonly number[] | undefined;
  /** Of responses whose body is not JSON. */
  readonly notJson?: readonly number[] | undefined;
}

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
