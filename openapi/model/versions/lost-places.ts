// Finds what a conversion between two versions loses: it is in a value, and both schemas declare it under the same
// name.

import { type Contract, resolve, type Schema } from '../contract.ts';
import { exampleOf } from '../examples/example-value.ts';
import { escapeSegment } from '../json-pointer.ts';
import { listPlaces } from './declared-places.ts';

/** A schema, and the contract that its references lead into. */
interface SchemaOfContract {
  /** The contract of a version. */
  contract: Contract;
  /** The schema of the value in this contract. */
  schema: Schema;
}

/** A schema may lie within itself. */
const MAX_DEPTH = 8;

type Marker = 'readOnly' | 'writeOnly';

/** The value with all declared optional properties, except those that are `hidden` in its direction. */
export function fillOptional(source: SchemaOfContract, value: unknown, hidden: Marker, depth = 0): unknown {
  const { contract, schema } = source;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  const parts = partsOf(contract, schema);
  const fill = (each: Schema, child: unknown) => fillOptional({ contract, schema: each }, child, hidden, depth + 1);
  if (Array.isArray(value)) {
    const items = parts.find((part) => part.items)?.items;
    return items ? value.map((each) => fill(items, each)) : value;
  }
  const filled: Record<string, unknown> = { ...value };
  for (const [name, property] of parts.flatMap(({ properties }) => Object.entries(properties ?? {})))
    if (Object.hasOwn(filled, name) || resolve<Schema>(contract, property as { $ref: string })[hidden] !== true)
      filled[name] = fill(property, filled[name] ?? exampleOf(contract, property));
  return filled;
}

/** The schema and its parts, without alternatives: these may exclude one another. */
function partsOf(contract: Contract, schema: Schema, depth = 0): Schema[] {
  if (depth > MAX_DEPTH) return [];
  const target = schema.$ref === undefined ? [] : [resolve<Schema>(contract, { $ref: schema.$ref })];
  const parts = Array.isArray(schema.allOf) ? schema.allOf : [];
  return [schema, ...[...target, ...parts].flatMap((part: Schema) => partsOf(contract, part, depth + 1))];
}

/** Pointers to parts of a value that both schemas name and the converted value lacks; `*` is any index. */
export function findLost(from: SchemaOfContract, to: SchemaOfContract, value: unknown, converted: unknown): string[] {
  const names = new Set(listPlaces(from.contract, from.schema));
  const shared = new Set(listPlaces(to.contract, to.schema).filter((place) => names.has(place)));
  const find = (one: unknown, other: unknown, at: string): string[] => {
    if (!isContainer(one) || !isContainer(other)) return [];
    if (Array.isArray(one)) return one.flatMap((each, index) => find(each, Reflect.get(other, index), `${at}/*`));
    return Object.entries(one).flatMap(([name, each]) => {
      const place = `${at}/${escapeSegment(name)}`;
      if (each === undefined || !shared.has(place)) return [];
      const child: unknown = Reflect.get(other, name);
      return child === undefined ? [place] : find(each, child, place);
    });
  };
  return [...new Set(find(value, converted, ''))];
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
