// Whether a schema certainly allows no value.

import { allowsNoString } from '../../../generator/compare-strings.ts';
import type { Position } from '../change.ts';
import type { Place } from '../place.ts';
import type { Shape, Type } from './shape.ts';
import { alternativesOf, shapeOf } from './shape-of.ts';
import { isPossible } from './split.ts';
import { acceptsValue } from './values.ts';

/** The maximum depth of the search, because a schema may contain itself. */
const MAX_DEPTH = 5;

/** Whether no value is allowed. Also false when that cannot be decided. */
export function isEmpty(shape: Shape, position: Position, depth = 0): boolean {
  if (shape.types.size === 0) return true;
  if (shape.choices.length > 0)
    return alternativesOf(shape, position).every((alternative) => isEmpty(alternative.shape, position, depth));
  if (shape.listed) return !shape.listed.some((value) => acceptsValue(shape, value, position));
  return [...shape.types].every((type) => isEmptyIn(type, shape, position, depth));
}

function isEmptyIn(type: Type, shape: Shape, position: Position, depth: number): boolean {
  const isImpossible = (places: readonly Place[]) =>
    depth < MAX_DEPTH && isEmpty(shapeOf(places, position), position, depth + 1);
  switch (type) {
    case 'number':
      return !isPossible(shape);
    case 'string':
      return allowsNoString(shape);
    case 'array':
      return shape.minItems > shape.maxItems || (shape.minItems > 0 && isImpossible(shape.items));
    case 'object': {
      if (Math.max(shape.minProperties, shape.required.size) > shape.maxProperties) return true;
      return [...shape.required].some((name) => {
        const places = shape.properties.get(name) ?? (shape.others.has('patternProperties') ? [] : shape.additional);
        return places === false || isImpossible(places);
      });
    }
    default:
      return false;
  }
}
