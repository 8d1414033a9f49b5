// Parses arrays in a query.
import { parseLists, type QueryLists } from '../../../openapi/model/serialize-parameters.ts';
import type { Violation } from '../errors.ts';
import { createInvalidRequest } from '../violations/invalid-request.ts';

/** Parses the arrays of a query into `query`. Throws `InvalidRequest` for one that is repeated but must not be. */
export function readLists(text: string, lists: QueryLists, query: Record<string, unknown>): void {
  const { values, repeated } = parseLists(text, lists);
  const message = 'Must be sent once, with its items separated by commas.';
  const details = repeated.map((name): Violation => ({ in: 'query', pointer: `/${name}`, message }));
  if (details.length > 0) throw createInvalidRequest(details, details.length);
  Object.assign(query, values);
}
