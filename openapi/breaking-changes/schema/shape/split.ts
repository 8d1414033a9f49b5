// Splits a schema into parts, such as a range where other schemas begin and end: several alternatives may together
// allow what none of them allows alone.
import { type Bound, integerBounds, type Shape, type Type } from './shape.ts';
import { shapeOf } from './shape-of.ts';
import { acceptsValue, finiteValues } from './values.ts';

/** A shape with more parts is not split. */
const MAX_PARTS = 1000;

/** Parts that together allow what the shape allows, split at the boundaries of the others. */
export function split(shape: Shape, others: readonly Shape[]): Shape[] {
  if (shape.choices.length > 0) return [shape];
  const parts = [...shape.types].flatMap((type) => splitType({ ...shape, types: new Set([type]) }, type, others));
  return parts.length > MAX_PARTS ? [shape] : parts;
}

const SIZES = {
  string: ['minLength', 'maxLength'],
  array: ['minItems', 'maxItems'],
  object: ['minProperties', 'maxProperties'],
} as const;

function splitType(shape: Shape, type: Type, others: readonly Shape[]): Shape[] {
  if (shape.listed)
    return shape.listed.filter((value) => acceptsValue(shape, value)).map((value) => ({ ...shape, listed: [value] }));
  if (type === 'number') return splitNumber(shape, others);
  if (type !== 'string' && type !== 'array' && type !== 'object') return [shape];
  const [least, most] = SIZES[type];
  const cuts = others.flatMap((other) => [other[least], other[most] + 1]);
  const parts = between(shape[least], shape[most], cuts).map(([from, to]) => ({ ...shape, [least]: from, [most]: to }));
  return type === 'object' ? parts.flatMap((part) => splitObject(part, others)) : parts;
}

/** Splits ranges of integers before each cut. */
function between(least: number, most: number, cuts: readonly number[]): [from: number, to: number][] {
  const starts = [...new Set(cuts)].filter((cut) => cut > least && cut <= most).sort((one, other) => one - other);
  const from = [least, ...starts];
  return from.map((start, index) => [start, (starts[index] ?? most + 1) - 1]);
}

/** Splits a range of numbers. A cut is before or after a value. */
function splitNumber(shape: Shape, others: readonly Shape[]): Shape[] {
  const cuts = others.flatMap(({ minimum, maximum }) => [
    { value: minimum.value, isAfter: minimum.exclusive },
    { value: maximum.value, isAfter: !maximum.exclusive },
  ]);
  let parts: Pick<Shape, 'minimum' | 'maximum'>[] = [shape];
  for (const { value, isAfter } of cuts.filter((cut) => Number.isFinite(cut.value)))
    parts = parts.flatMap(({ minimum, maximum }) =>
      [
        { minimum, maximum: lower(maximum, { value, exclusive: !isAfter }) },
        { minimum: raise(minimum, { value, exclusive: isAfter }), maximum },
      ].filter(isPossible),
    );
  const areIntegers = shape.steps.some((step) => Number.isInteger(step));
  return parts
    .map((part) => ({ ...shape, ...part, ...(areIntegers && integerBounds({ ...shape, ...part })) }))
    .filter(isPossible);
}

export function raise(bound: Bound, other: Bound): Bound {
  return other.value > bound.value || (other.value === bound.value && other.exclusive) ? other : bound;
}

export function lower(bound: Bound, other: Bound): Bound {
  return other.value < bound.value || (other.value === bound.value && other.exclusive) ? other : bound;
}

export function isPossible({ minimum, maximum }: Pick<Shape, 'minimum' | 'maximum'>): boolean {
  if (minimum.value !== maximum.value) return minimum.value < maximum.value;
  return !minimum.exclusive && !maximum.exclusive;
}

/** Splits by the values of a required property that others list as well, such as the kind of an object. */
function splitObject(shape: Shape, others: readonly Shape[]): Shape[] {
  const valuesOf = ({ properties }: Shape, name: string) => {
    const places = properties.get(name);
    return places && finiteValues(shapeOf(places, 'request'));
  };
  for (const name of shape.required) {
    const [places, values] = [shape.properties.get(name), valuesOf(shape, name)];
    const [place] = places ?? [];
    if (!places || !place || !values || values.length < 2) continue;
    if (!others.some((other) => other.required.has(name) && valuesOf(other, name))) continue;
    return values.map((value) => {
      const properties = new Map([...shape.properties, [name, [...places, place.with({ enum: [value] })]]]);
      return { ...shape, properties };
    });
  }
  return [shape];
}
