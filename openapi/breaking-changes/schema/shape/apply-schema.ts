// Restricts a shape by the keywords of a schema.
import type { Place } from '../place.ts';
import { canonical } from '../text.ts';
import { closureOf } from './closures.ts';
import type { Choice, Shape } from './shape.ts';

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

/** Restricts the shape by a schema and its references. `seen` are the pointers of the schemas around this one. */
export function applySchema(shape: Shape, place: Place, seen: ReadonlySet<string> = new Set()): void {
  if (place.value === false) shape.types.clear();
  if (typeof place.value !== 'object' || place.value === null || seen.has(place.pointer)) return;
  const $ref = place.text('$ref');
  if ($ref !== undefined) {
    const target = place.follow();
    if (target) applySchema(shape, target, new Set([...seen, place.pointer]));
  }
  for (const keyword of Object.keys(place.value)) {
    const value = place.child(keyword);
    if (!value || keyword === '$ref') continue;
    if (keyword === 'allOf')
      for (const [, part] of listOf(value)) applySchema(shape, part, new Set([...seen, place.pointer]));
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
  else for (const each of only?.places ?? []) applySchema(shape, each);
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

function addOnce(texts: string[], text: string): void {
  if (!texts.includes(text)) texts.push(text);
}
