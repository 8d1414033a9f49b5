// The arrays in a query.
import { parseLists, type QueryLists } from '../../../openapi/model/serialize-parameters.ts';
import type { Violation } from '../errors.ts';
import { createInvalidRequest } from '../violations/invalid-request.ts';

/** Reads the arrays of a query into `query`. Throws `InvalidRequest` when one came several times that must not. */
export function readLists(text: string, lists: QueryLists, query: Record<string, unknown>): void {
  const { values, repeated } = parseLists(text, lists);
  const message = 'Must be sent once, with its items separated by commas.';
  const details = repeated.map((name): Violation => ({ in: 'query', pointer: `/${name}`, message }));
  if (details.length > 0) throw createInvalidRequest(details, details.length);
  Object.assign(query, values);
}
