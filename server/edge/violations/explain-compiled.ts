// Lists the violations of a request with validators that were compiled by the generator. The list is the same as that
// of `createExplain`, which compiles at start and is faster for bodies with thousands of violations.
import type { CompiledNode, CompiledRequest } from '../../../openapi/model/validators/compiled-validators.ts';
import type { RequestParts } from '../request-parts.ts';
import { escapeSegment, mergeByLocation } from './describe-violation.ts';
import { addParameterErrors } from './parameter-errors.ts';
import { ViolationList } from './violation-list.ts';

/** Lists the violations of path, query, headers and body. Fills defaults into the body. */
export function explainRequest(
  { limit, headerNames, parameters, bodyRequired, body: node }: CompiledRequest,
  { path, query, header, body }: RequestParts,
): ViolationList {
  const list = new ViolationList(limit);
  // Copied, because the validator converts numbers in place.
  if (!parameters({ path: { ...path }, query: { ...query }, header: { ...header } }))
    addParameterErrors(parameters.errors ?? [], headerNames, list);
  if (body === undefined && bodyRequired) list.addMissingBody();
  else if (body !== undefined && node) explainBody(node, body, list);
  return list;
}

/** Returns the parameters of a valid request, converted to their types and with defaults, as handlers get them. */
export function readParameters(
  { parameters }: CompiledRequest,
  { path, query, header }: RequestParts,
): Omit<RequestParts, 'body'> {
  const read = { path: { ...path }, query: { ...query }, header: { ...header } };
  // The validator converts in place.
  parameters(read);
  return read;
}

/** Adds the violations of a value: first its own, then those of its parts. */
export function explainBody(node: CompiledNode, value: unknown, list: ViolationList, pointer = ''): void {
  if (!node.validate(value)) {
    const errors = mergeByLocation(node.validate.errors ?? []);
    for (const [location, error] of errors) list.add(error, 'body', pointer + location);
  }
  if (Array.isArray(value)) {
    if (node.items)
      for (const [index, item] of value.entries()) explainBody(node.items, item, list, `${pointer}/${index}`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const { name, node: child } of node.properties ?? [])
    if (Object.hasOwn(value, name))
      explainBody(child, Reflect.get(value, name), list, `${pointer}/${escapeSegment(name)}`);
}
