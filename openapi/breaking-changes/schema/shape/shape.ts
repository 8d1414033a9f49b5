// A schema in normal form: references and `allOf` are resolved, and equivalent keywords have one representation.
import type { Position } from '../change.ts';
import { Place } from '../place.ts';
import { canonical } from '../text.ts';
import { applyClosures, type Closure, closureOf } from './closures.ts';

const TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type Type = (typeof TYPES)[number];

/** Alternatives: `oneOf` or `anyOf`. */
interface Choice {
  keyword: 'oneOf' | 'anyOf';
  place: Place;
  alternatives: { key: string; places: Place[] }[];
}

/** The combined restrictions of one or several schemas. A missing list or keyword restricts nothing. */
export interface Shape {
  types: Set<Type>;
  /** The values of `enum` and `const`; undefined when they are not listed. */
  listed: unknown[] | undefined;
  minimum: Bound;
  maximum: Bound;
  /** The steps that numbers are a multiple of: 1 for integers. */
  steps: number[];
  minLength: number;
  maxLength: number;
  patterns: string[];
  formats: string[];
  minItems: number;
  maxItems: number;
  uniqueItems: boolean;
  items: Place[];
  minProperties: number;
  maxProperties: number;
  required: Set<string>;
  properties: Map<string, Place[]>;
  /** The schemas of other properties; `false` if none are allowed. */
  additional: Place[] | false;
  /** The schemas of properties that a schema does not name. */
  closures: Closure[];
  choices: Choice[];
  conditions: Place[];
  /** Keywords that are compared as written, with every occurrence. */
  others: Map<string, Place[]>;
  isExtensible: boolean;
  /** The last place of each keyword. */
  places: Map<string, Place>;
}

export interface Bound {
  value: number;
  exclusive: boolean;
}

/** Keywords that restrict nothing. */
const ANNOTATIONS = new Set([
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'externalDocs', 'xml', 'discriminator'],
  ...['readOnly', 'writeOnly', '$comment', '$schema', '$id', '$defs', '$anchor'],
]);
const UNRESTRICTED_FORMATS = new Set(['password', 'float', 'double']);
const INTEGER_FORMATS = new Map([
  ['int32', 2 ** 31],
  ['int64', 2 ** 63],
]);

/** The shape of schemas that all apply. Properties that are hidden in the position are left out. */
export function shapeOf(places: readonly Place[], position: Position): Shape {
  return narrow(createShape(), places, position);
}

/** Whether the second schemas allow no value, and the first ones do. */
export function becomesImpossible(before: readonly Place[], after: readonly Place[], position: Position): boolean {
  const [was, is] = [before, after].map((places) => {
    const { types, listed } = shapeOf(places, position);
    return types.size === 0 || listed?.length === 0;
  });
  return !was && is === true;
}

/** A shape for each alternative of the first choice, or for each type where there is none. */
export function alternativesOf(
  shape: Shape,
  position: Position = 'request',
): { key: string; place: Place; shape: Shape }[] {
  const [choice, ...choices] = shape.choices;
  if (choice)
    return choice.alternatives.map(({ key, places }) => ({
      key,
      place: places[0] ?? choice.place,
      shape: narrow({ ...shape, choices }, places, position),
    }));
  const place = shape.places.get('type') ?? shape.places.get('') ?? new Place({});
  return [...shape.types].map((type) => ({ key: type, place, shape: { ...shape, types: new Set([type]) } }));
}

function createShape(): Shape {
  return {
    types: new Set(TYPES),
    listed: undefined,
    minimum: { value: Number.NEGATIVE_INFINITY, exclusive: false },
    maximum: { value: Number.POSITIVE_INFINITY, exclusive: false },
    steps: [],
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    patterns: [],
    formats: [],
    minItems: 0,
    maxItems: Number.POSITIVE_INFINITY,
    uniqueItems: false,
    items: [],
    minProperties: 0,
    maxProperties: Number.POSITIVE_INFINITY,
    required: new Set(),
    properties: new Map(),
    additional: [],
    closures: [],
    choices: [],
    conditions: [],
    others: new Map(),
    isExtensible: false,
    places: new Map(),
  };
}

function narrow(base: Shape, places: readonly Place[], position: Position): Shape {
  const shape: Shape = {
    ...base,
    types: new Set(base.types),
    steps: [...base.steps],
    patterns: [...base.patterns],
    formats: [...base.formats],
    items: [...base.items],
    required: new Set(base.required),
    properties: new Map(base.properties),
    additional: base.additional && [...base.additional],
    closures: [...base.closures],
    choices: [...base.choices],
    conditions: [...base.conditions],
    others: new Map(base.others),
    places: new Map(base.places),
  };
  const [first] = places;
  if (first) shape.places.set('', first.follow() ?? first);
  for (const place of places) apply(shape, place, new Set());
  hideProperties(shape, position);
  applyClosures(shape.closures, shape.properties);
  return shape.steps.some((step) => Number.isInteger(step)) ? { ...shape, ...integerBounds(shape) } : shape;
}

function apply(shape: Shape, place: Place, seen: Set<string>): void {
  if (place.value === false) shape.types.clear();
  if (typeof place.value !== 'object' || place.value === null || seen.has(place.pointer)) return;
  const $ref = place.text('$ref');
  if ($ref !== undefined) {
    const target = place.follow();
    if (target) apply(shape, target, new Set([...seen, place.pointer]));
  }
  for (const keyword of Object.keys(place.value)) {
    const value = place.child(keyword);
    if (!value || keyword === '$ref') continue;
    if (keyword === 'allOf')
      for (const [, part] of listOf(value)) apply(shape, part, new Set([...seen, place.pointer]));
    else applyKeyword(shape, keyword, value, place);
  }
}

const RULES: Record<string, (shape: Shape, value: unknown, place: Place) => void> = {
  type(shape, value) {
    const types = [value].flat().map(String);
    for (const type of shape.types)
      if (!types.includes(type) && !(type === 'number' && types.includes('integer'))) shape.types.delete(type);
    if (types.includes('integer') && !types.includes('number')) shape.steps.push(1);
  },
  enum: (shape, value) => list(shape, [value].flat()),
  const: (shape, value) => list(shape, [value]),
  minimum: (shape, value) => raise(shape, Number(value), false),
  exclusiveMinimum: (shape, value) => raise(shape, Number(value), true),
  maximum: (shape, value) => lower(shape, Number(value), false),
  exclusiveMaximum: (shape, value) => lower(shape, Number(value), true),
  multipleOf: (shape, value) => shape.steps.push(Number(value)),
  pattern: (shape, value) => addOnce(shape.patterns, String(value)),
  format(shape, value) {
    const limit = INTEGER_FORMATS.get(String(value));
    if (limit !== undefined) {
      raise(shape, -limit, false);
      lower(shape, limit - 1, false);
    } else if (!UNRESTRICTED_FORMATS.has(String(value))) addOnce(shape.formats, String(value));
  },
  uniqueItems: (shape, value) => {
    shape.uniqueItems ||= value === true;
  },
  items: (shape, _, place) => shape.items.push(place),
  required: (shape, value) => {
    for (const name of [value].flat()) shape.required.add(String(name));
  },
  properties(shape, _, place) {
    for (const name of Object.keys(Object(place.value))) {
      const property = place.child(name);
      if (property) shape.properties.set(name, [...(shape.properties.get(name) ?? []), property]);
    }
  },
  'x-extensible': (shape, value) => {
    shape.isExtensible ||= value === true;
  },
};

const LARGEST = new Set(['minLength', 'minItems', 'minProperties'] as const);
const SMALLEST = new Set(['maxLength', 'maxItems', 'maxProperties'] as const);

function applyKeyword(shape: Shape, keyword: string, place: Place, parent: Place): void {
  if (ANNOTATIONS.has(keyword)) return;
  shape.places.set(keyword, place);
  for (const name of LARGEST) if (name === keyword) shape[name] = Math.max(shape[name], Number(place.value));
  for (const name of SMALLEST) if (name === keyword) shape[name] = Math.min(shape[name], Number(place.value));
  const rule = RULES[keyword];
  if (rule) rule(shape, place.value, place);
  else if (CLOSURES.has(keyword)) addClosure(shape, keyword, place, parent);
  else if (keyword === 'oneOf' || keyword === 'anyOf') addChoice(shape, keyword, place, parent);
  else if (keyword === 'if') shape.conditions.push(parent);
  else if (!(keyword in shape) && keyword !== 'then' && keyword !== 'else' && !keyword.startsWith('x-'))
    addOther(shape, keyword, place);
}

const CLOSURES = new Set(['additionalProperties', 'unevaluatedProperties']);

function addClosure(shape: Shape, keyword: string, place: Place, parent: Place): void {
  if (place.value === true) return;
  const closure = closureOf(parent, keyword, place);
  if (!closure) addOther(shape, keyword, place);
  else {
    shape.closures.push(closure);
    if (closure.others === false) shape.additional = false;
    else if (shape.additional) shape.additional.push(closure.others);
  }
}

function addOther(shape: Shape, keyword: string, place: Place): void {
  shape.others.set(keyword, [...(shape.others.get(keyword) ?? []), place]);
}

/** A choice of one alternative is no choice, unless clients expect further ones. */
function addChoice(shape: Shape, keyword: Choice['keyword'], place: Place, parent: Place): void {
  const name = parent.at('discriminator')?.text('propertyName');
  const alternatives = listOf(place).map(([index, alternative]) => {
    const $ref = alternative.text('$ref');
    const names = name === undefined ? [] : discriminatorValues(parent, $ref);
    const fixed = { required: [name], properties: { [String(name)]: { enum: names } } };
    return {
      key: names.join() || $ref || (alternative.text('title') ?? index),
      places: [alternative, ...(names.length > 0 ? [alternative.with(fixed)] : [])],
    };
  });
  const [only] = alternatives;
  if (alternatives.length > 1 || parent.get('x-extensible') === true)
    shape.choices.push({ keyword, place, alternatives });
  else for (const each of only?.places ?? []) apply(shape, each, new Set());
}

function discriminatorValues(schema: Place, $ref = ''): string[] {
  const mapping = Object.entries(Object(schema.at('discriminator')?.get('mapping')));
  const name = $ref.split('/').at(-1) ?? '';
  const mapped = mapping.filter(([, target]) => target === $ref || target === name).map(([value]) => value);
  return mapped.length > 0 || name === '' ? mapped.sort() : [name];
}

/** The entries of a list, without following references. */
function listOf(place: Place): [string, Place][] {
  return Object.keys(Object(place.value)).flatMap((key): [string, Place][] => {
    const entry = place.child(key);
    return entry ? [[key, entry]] : [];
  });
}

/** `readOnly` properties are not sent, `writeOnly` ones are not received. */
function hideProperties(shape: Shape, position: Position): void {
  const marker = position === 'request' ? 'readOnly' : 'writeOnly';
  for (const [name, places] of shape.properties) {
    if (!places.some((place) => isMarked(place, marker))) continue;
    shape.properties.delete(name);
    shape.required.delete(name);
  }
}

function isMarked(place: Place, marker: string): boolean {
  return place.get(marker) === true || place.follow()?.get(marker) === true;
}

function list(shape: Shape, values: unknown[]): void {
  const texts = new Set(values.map(canonical));
  shape.listed = shape.listed ? shape.listed.filter((value) => texts.has(canonical(value))) : values;
}

function raise(shape: Shape, value: number, exclusive: boolean): void {
  if (value > shape.minimum.value || (value === shape.minimum.value && exclusive)) shape.minimum = { value, exclusive };
}

function lower(shape: Shape, value: number, exclusive: boolean): void {
  if (value < shape.maximum.value || (value === shape.maximum.value && exclusive)) shape.maximum = { value, exclusive };
}

/** The bounds of integers: greater than 0 means at least 1. */
export function integerBounds({
  minimum,
  maximum,
}: Pick<Shape, 'minimum' | 'maximum'>): Pick<Shape, 'minimum' | 'maximum'> {
  const least = minimum.exclusive ? Math.floor(minimum.value) + 1 : Math.ceil(minimum.value);
  const most = maximum.exclusive ? Math.ceil(maximum.value) - 1 : Math.floor(maximum.value);
  return { minimum: { value: least, exclusive: false }, maximum: { value: most, exclusive: false } };
}

function addOnce(texts: string[], text: string): void {
  if (!texts.includes(text)) texts.push(text);
}
