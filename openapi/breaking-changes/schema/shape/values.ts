// Lists the values of a schema, where that is possible.
import type { Position } from '../change.ts';
import type { Place } from '../place.ts';
import { canonical } from '../text.ts';
import { isOfFormat } from './formats.ts';
import type { Shape, Type } from './shape.ts';
import { alternativesOf, shapeOf } from './shape-of.ts';

/** All values that a schema allows; undefined when they cannot be listed. */
export function finiteValues(shape: Shape, position: Position = 'request'): unknown[] | undefined {
  if (shape.choices.length > 0) {
    const values = alternativesOf(shape, position).map((alternative) => finiteValues(alternative.shape, position));
    if (values.includes(undefined)) return undefined;
    return values.flatMap((each) => each ?? []).filter((value) => acceptsValue(shape, value, position));
  }
  if (shape.listed) return shape.listed.filter((value) => acceptsValue(shape, value, position));
  const areFew = [...shape.types].every((type) => type === 'null' || type === 'boolean');
  if (!areFew) return undefined;
  return [...(shape.types.has('null') ? [null] : []), ...(shape.types.has('boolean') ? [true, false] : [])];
}

/** The integers between two near bounds; undefined for other schemas. */
export function integerValues(shape: Shape): unknown[] | undefined {
  const [least, most] = [shape.minimum.value, shape.maximum.value];
  const areIntegers = shape.types.size === 1 && shape.types.has('number') && shape.steps.some(Number.isInteger);
  if (!areIntegers || shape.choices.length > 0 || !(most - least < MOST_LISTED)) return undefined;
  const all = Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index);
  return all.filter((value) => acceptsValue(shape, value));
}

const MOST_LISTED = 1000;

/** Whether a schema allows a value. Conditions and rare keywords are ignored. */
export function acceptsValue(shape: Shape, value: unknown, position: Position = 'request'): boolean {
  const [choice] = shape.choices;
  if (choice) {
    const alternatives = alternativesOf(shape, position);
    const accepting = alternatives.filter((alternative) => acceptsValue(alternative.shape, value, position)).length;
    return choice.keyword === 'oneOf' ? accepting === 1 : accepting > 0;
  }
  if (!shape.types.has(typeOf(value))) return false;
  const text = canonical(value);
  if (shape.listed && !shape.listed.some((each) => canonical(each) === text)) return false;
  if (typeof value === 'string') return acceptsString(shape, value);
  if (typeof value === 'number') return acceptsNumber(shape, value);
  if (Array.isArray(value)) return acceptsArray(shape, value, position);
  return typeof value !== 'object' || value === null || acceptsObject(shape, value, position);
}

function acceptsArray(shape: Shape, values: readonly unknown[], position: Position): boolean {
  const { minItems, maxItems, uniqueItems, items } = shape;
  if (values.length < minItems || values.length > maxItems) return false;
  if (uniqueItems && new Set(values.map(canonical)).size < values.length) return false;
  return values.every((value) => acceptsWithin(items, value, position));
}

function acceptsObject(shape: Shape, value: object, position: Position): boolean {
  const { minProperties, maxProperties, required, properties, additional, others } = shape;
  const entries = Object.entries(value);
  if (entries.length < minProperties || entries.length > maxProperties) return false;
  if (![...required].every((name) => Object.hasOwn(value, name))) return false;
  return entries.every(([name, each]) => {
    const places = properties.get(name) ?? (others.has('patternProperties') ? [] : additional);
    return places !== false && acceptsWithin(places, each, position);
  });
}

function acceptsWithin(places: readonly Place[], value: unknown, position: Position): boolean {
  return acceptsValue(shapeOf(places, position), value, position);
}

/** Whether a parameter with this text is allowed: it may stand for a number or a boolean. */
export function acceptsText(shape: Shape, text: string): boolean {
  const meanings = [
    text,
    ...(NUMBER.test(text) ? [Number(text)] : []),
    ...(BOOLEAN.test(text) ? [text === 'true'] : []),
  ];
  return meanings.some((value) => acceptsValue(shape, value));
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const BOOLEAN = /^(true|false)$/;

function acceptsString({ minLength, maxLength, patterns, formats }: Shape, text: string): boolean {
  const { length } = [...text];
  return (
    length >= minLength &&
    length <= maxLength &&
    patterns.every((each) => new RegExp(each, 'u').test(text)) &&
    formats.every((each) => isOfFormat(each, text))
  );
}

function acceptsNumber({ minimum, maximum, steps }: Shape, value: number): boolean {
  const isLarge = minimum.exclusive ? value > minimum.value : value >= minimum.value;
  const isSmall = maximum.exclusive ? value < maximum.value : value <= maximum.value;
  return isLarge && isSmall && steps.every((step) => Number.isInteger(value / step));
}

export function typeOf(value: unknown): Type {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'boolean' || type === 'number' || type === 'string' ? type : 'object';
}
