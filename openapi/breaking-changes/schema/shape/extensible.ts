// What `x-extensible` asks clients to expect.
import type { Position } from '../change.ts';
import type { Shape, Type } from './shape.ts';
import { alternativesOf } from './shape-of.ts';
import { finiteValues, typeOf } from './values.ts';

/** The remedy where clients were not asked to expect more. */
export const EXTEND =
  'Keep to what clients know, make it in a new version, or let the values be extensible from the first version on ' +
  'with `x-extensible: true`.';

/** The remedy where new values exceed what clients were asked to expect. */
export const FORESEEN =
  'Clients expect further values of the types and lengths that the schema had. Keep to these, or make it in a new ' +
  'version.';

/**
 * All values that clients of an extensible schema expect: values of its types, within the keywords beside its lists.
 */
export function foreseenBy(shape: Shape, position: Position): Shape {
  const types = new Set(typesOf(shape, position));
  // Further alternatives may have further properties.
  return { ...shape, types, listed: undefined, choices: [], closures: [], additional: [], isExtensible: false };
}

function typesOf(shape: Shape, position: Position): Type[] {
  if (shape.choices.length > 0)
    return alternativesOf(shape, position).flatMap((alternative) => typesOf(alternative.shape, position));
  return shape.listed ? (finiteValues(shape, position) ?? []).map(typeOf) : [...shape.types];
}
