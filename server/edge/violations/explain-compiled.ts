// Lists the violations of a request with validators that were compiled when the contract was generated. The same list
// as that of `createExplain`, which compiles them at start and is faster for bodies with thousands of violations.
import type { CompiledNode, CompiledRequest } from '../../../openapi/model/validators/compiled-validators.ts';
import type { RequestParts } from '../request-parts.ts';
import { escapeSegment, mergeByLocation } from './describe-violation.ts';
import { addParameterErrors } from './parameter-errors.ts';
import { ViolationList } from './violation-list.ts';

/** Lists the violations of path, query, headers and body; none for a valid request, whose body gets its defaults. */
export function explainRequest(
  { limit, headerNames, parameters, bodyRequired, body: node }: CompiledRequest,
  { path, query, header, body }: RequestParts,
): ViolationList {
  const list = new ViolationList(limit);
  // The validator converts numbers in place.
  if (!parameters({ path: { ...path }, query: { ...query }, header: { ...header } }))
    addParameterErrors(parameters.errors ?? [], headerNames, list);
  if (body === undefined && bodyRequired)
    list.add({ keyword: 'required', instancePath: '', schemaPath: '#/required', params: {} }, 'body', '');
  else if (body !== undefined && node) explainBody(node, body, list);
  return list;
}

/** The parameters of a valid request as handlers get them: of their types, and with defaults. */
export function readParameters(
  { parameters }: CompiledRequest,
  { path, query, header }: RequestParts,
): Omit<RequestParts, 'body'> {
  const read = { path: { ...path }, query: { ...query }, header: { ...header } };
  // It converts in place.
  parameters(read);
  return read;
}

/** Adds the violations of a body: first those of a value itself, then those of its parts. */
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
