// The places that a schema declares, by JSON Pointer. In pointers, `*` is any index of an array.

import { type Contract, resolve, type Schema } from '../contract.ts';
import { escapeSegment, unescapeSegment } from '../json-pointer.ts';

/** The depth to which places are listed, since a schema may contain itself. */
const MAX_DEPTH = 12;

/** The schema, and those that it is composed of. */
function partsOf(contract: Contract, schema: Schema, above: readonly Schema[] = []): Schema[] {
  if (above.includes(schema)) return [];
  const { allOf, anyOf, oneOf, if: condition, then } = schema;
  const composed = [allOf, anyOf, oneOf].flatMap((each) => (Array.isArray(each) ? (each as Schema[]) : [])); // Linted.
  const target = schema.$ref === undefined ? [] : [resolve<Schema>(contract, { $ref: schema.$ref })];
  const others = [...target, ...composed, ...(condition ? [condition] : []), ...(then ? [then] : [])];
  return [schema, ...others.flatMap((each) => partsOf(contract, each, [...above, schema]))];
}

/** The schemas of a property or an item; undefined where the value may have any. */
function childrenOf(contract: Contract, schemas: readonly Schema[], name: string): Schema[] | undefined {
  const parts = schemas.flatMap((each) => partsOf(contract, each));
  const isAny = parts.every(({ type, properties, items, enum: values, $ref, ...rest }) =>
    [type, properties, items, values, rest.const, rest.format].every((each) => each === undefined),
  );
  const isIndex = name === '*' || /^\d+$/.test(name);
  const found = parts.flatMap(({ properties = {}, items, additionalProperties: others }) => [
    ...(Object.hasOwn(properties, name) ? [properties[name] ?? {}] : []),
    ...(items && isIndex ? [items] : []),
    ...(typeof others === 'object' && others !== null && !Object.hasOwn(properties, name) ? [others as Schema] : []),
  ]);
  if (found.length > 0) return found;
  const isOpen = parts.some(({ additionalProperties }) => additionalProperties === true);
  return isAny || isOpen ? undefined : [];
}

const toSegment = (name: string) => `/${escapeSegment(name)}`;

/** Whether a schema declares the place of a pointer. */
export function isDeclared(contract: Contract, schema: Schema, pointer: string): boolean {
  let schemas = [schema];
  for (const segment of pointer.split('/').slice(1)) {
    const children = childrenOf(contract, schemas, unescapeSegment(segment));
    if (!children) return true;
    if (children.length === 0) return false;
    schemas = children;
  }
  return true;
}

/** Pointers to all places that a schema names, from the outside in. */
export function listPlaces(contract: Contract, schema: Schema, at = '', above: readonly Schema[] = []): string[] {
  const parts = partsOf(contract, schema).filter((each) => !above.includes(each));
  if (above.length > MAX_DEPTH * 4) return [];
  const inner = [...above, ...parts];
  const places = parts.flatMap(({ properties = {}, items }) => [
    ...Object.entries(properties).map(([name, each]) => ({ place: at + toSegment(name), each })),
    ...(items ? [{ place: `${at}/*`, each: items }] : []),
  ]);
  return [...new Set(places.flatMap(({ place, each }) => [place, ...listPlaces(contract, each, place, inner)]))];
}

/** Pointers to parts of a value that its schema does not declare. */
export function findUndeclared(contract: Contract, schema: Schema, value: unknown): string[] {
  const find = (schemas: readonly Schema[], each: unknown, at: string): string[] => {
    if (typeof each !== 'object' || each === null) return [];
    return Object.entries(each).flatMap(([name, child]) => {
      const children = childrenOf(contract, schemas, name);
      const place = at + toSegment(name);
      if (!children) return [];
      return children.length === 0 ? [place] : find(children, child, place);
    });
  };
  return find([schema], value, '');
}
