// Builds the request that handlers receive: typed parameters, and headers named as in the contract.
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import type { CompiledRequest } from '../../openapi/model/validators/compiled-validators.ts';
import type { RequestParts } from '../../server/edge/request-parts.ts';
import { readLists } from '../../server/edge/steps/read-lists.ts';
import { readParameters } from '../../server/edge/violations/explain-compiled.ts';
import type { AnyRequest } from '../../server/versions/version-change.ts';

/** Converts the parts of a valid request to the request that a handler receives. */
export function toRequest({ parameters }: RouteEntry, compiled: CompiledRequest, parts: RequestParts): AnyRequest {
  const { path, query, header } = readParameters(compiled, parts);
  const headers = parameters.header.map((name) => [name, header[name.toLowerCase()]] as const);
  return {
    path,
    query,
    headers: Object.fromEntries(headers.filter(([, value]) => value !== undefined && value !== null)),
    body: parts.body,
  };
}

/** Parses a query string. A repeated name gets a list of values, as in Node's `querystring`. */
export function parseQuery(query: string, { parameters }: RouteEntry): Record<string, unknown> {
  const found = new Map<string, string | string[]>();
  // `URLSearchParams` would drop a leading question mark.
  for (const [name, value] of new URLSearchParams(`&${query}`)) {
    const known = found.get(name);
    found.set(name, known === undefined ? value : [known, value].flat());
  }
  const values = Object.fromEntries(found);
  readLists(query, parameters, values);
  return values;
}
