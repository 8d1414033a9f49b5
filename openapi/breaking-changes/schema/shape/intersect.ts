// Intersects two shapes.
import type { Place } from '../place.ts';
import { intersection } from '../sets.ts';
import { canonical } from '../text.ts';
import { applyClosures } from './closures.ts';
import { integerBounds, type Shape } from './shape.ts';
import { lower, raise } from './split.ts';

/** The shape of the values that both allow. */
export function intersect(one: Shape, other: Shape): Shape {
  const shape: Shape = {
    types: intersection(one.types, other.types),
    listed: commonValues(one.listed, other.listed),
    minimum: raise(one.minimum, other.minimum),
    maximum: lower(one.maximum, other.maximum),
    steps: [...new Set([...one.steps, ...other.steps])],
    minLength: Math.max(one.minLength, other.minLength),
    maxLength: Math.min(one.maxLength, other.maxLength),
    patterns: [...new Set([...one.patterns, ...other.patterns])],
    formats: [...new Set([...one.formats, ...other.formats])],
    minItems: Math.max(one.minItems, other.minItems),
    maxItems: Math.min(one.maxItems, other.maxItems),
    uniqueItems: one.uniqueItems || other.uniqueItems,
    items: join(one.items, other.items),
    minProperties: Math.max(one.minProperties, other.minProperties),
    maxProperties: Math.min(one.maxProperties, other.maxProperties),
    required: new Set([...one.required, ...other.required]),
    properties: joinAll(one.properties, other.properties),
    additional: one.additional && other.additional && join(one.additional, other.additional),
    closures: [...new Set([...one.closures, ...other.closures])],
    choices: [...new Map([...one.choices, ...other.choices].map((each) => [each.place.pointer, each])).values()],
    conditions: join(one.conditions, other.conditions),
    others: joinAll(one.others, other.others),
    isExtensible: one.isExtensible || other.isExtensible,
    places: new Map([...one.places, ...other.places]),
  };
  applyClosures(shape.closures, shape.properties);
  return shape.steps.some((step) => Number.isInteger(step)) ? { ...shape, ...integerBounds(shape) } : shape;
}

function commonValues(one: unknown[] | undefined, other: unknown[] | undefined): unknown[] | undefined {
  if (!one || !other) return one ?? other;
  const texts = new Set(other.map(canonical));
  return one.filter((value) => texts.has(canonical(value)));
}

/** Removes duplicates, since alternatives share the keywords beside them. */
function join(one: readonly Place[], other: readonly Place[]): Place[] {
  const isIn = (place: Place) => one.some((each) => each.root === place.root && each.value === place.value);
  return [...one, ...other.filter((place) => !isIn(place))];
}

function joinAll(one: ReadonlyMap<string, Place[]>, other: ReadonlyMap<string, Place[]>): Map<string, Place[]> {
  const names = new Set([...one.keys(), ...other.keys()]);
  return new Map([...names].map((name) => [name, join(one.get(name) ?? [], other.get(name) ?? [])]));
}
