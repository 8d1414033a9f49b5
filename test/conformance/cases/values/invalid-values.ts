// Values that violate one constraint of a schema, in one location. Ajv decides whether a value does.
import type { Schema } from '../../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { HIDDEN } from '../../../../openapi/model/validators/schema-view.ts';
import { CUSTOMER, isComposed, isSchema, type Located, partsOf, type Reader, typesOf } from '../schema.ts';
import { plainValue, validValues } from '../valid-values.ts';
import type { Candidate, InvalidValue } from './candidate.ts';
import { arrayViolations, objectViolations } from './invalid-collections.ts';
import { stringViolations } from './invalid-strings.ts';

/**
 * For each constraint at and below a schema, values that violate it and, where possible, no other. Where constraints
 * overlap (a string of the wrong length also fails the pattern), the values with the fewest other violations are kept,
 * all of them in the same location.
 */
export function invalidValues(reader: Reader, node: Located, hints: readonly unknown[] = []): InvalidValue[] {
  // A schema may contain itself, so its parts are tried once.
  if (active.includes(node.pointer) || HIDDEN in node.schema) return [];
  active.push(node.pointer);
  try {
    return violate(reader, node, hints);
  } finally {
    active.pop();
  }
}

/** The schemas for which values are being generated, outermost first. */
const active: string[] = [];

function violate(reader: Reader, node: Located, hints: readonly unknown[]): InvalidValue[] {
  const [first, ...rest] = validValues(reader, node, hints);
  const valid = [first, ...rest].flatMap((each) => (each ? [each.value] : []));
  const own = [
    ...typeViolations(node, valid),
    ...enumViolations(node, valid),
    ...typesOf(node.schema).flatMap((type) => ofType(type, reader, node, valid)),
    ...compositionViolations(node),
    // A value of another type violates all parts at once.
    ...partsOf(reader, node, 'allOf').flatMap((part) => typeViolations(part)),
  ];
  if (isComposed(node)) return [...keepMostSpecific(reader, node, own), ...withinParts(reader, node, valid[0])];
  return [...keepMostSpecific(reader, node, own), ...below(reader, node, valid[0])];
}

function keepMostSpecific(reader: Reader, node: Located, candidates: Candidate[]): InvalidValue[] {
  const violating = candidates.flatMap((each) => {
    const errors = reader.violationsIn(node, each.value);
    const locations = new Set(errors.map(({ location }) => location));
    const [location] = locations;
    if (location === undefined || locations.size > 1 || !errors.some(({ keyword }) => keyword === each.keyword))
      return [];
    return [{ ...each, location, keywords: new Set(errors.map(({ keyword }) => keyword)).size }];
  });
  const fewest = new Map<string, number>();
  for (const { pointer, keywords } of violating)
    fewest.set(pointer, Math.min(keywords, fewest.get(pointer) ?? Number.POSITIVE_INFINITY));
  const seen = new Set<string>();
  return violating
    .filter(({ keywords, pointer, alternativeForm }) => alternativeForm || keywords === fewest.get(pointer))
    .filter(({ value, pointer }) => {
      const key = `${pointer} ${JSON.stringify(value)}`;
      return !seen.has(key) && seen.add(key);
    })
    .map(({ keywords: _, alternativeForm: __, ...invalid }) => invalid);
}

const SAMPLES_OF_TYPES = [null, true, false, 0, 1, 1.5, '', 'text', [], {}, [[]], [{}]];

function typeViolations({ schema, pointer }: Located, valid: readonly unknown[] = []): Candidate[] {
  if (schema.type === undefined) return [];
  return [...SAMPLES_OF_TYPES, ...valid.slice(0, 1).flatMap((value) => wrap(schema, value))].map((value) => ({
    value,
    label: `${JSON.stringify(value).slice(0, 120)} instead of ${typesOf(schema).join(' or ')}`,
    keyword: 'type',
    pointer: `${pointer}/type`,
  }));
}

/** A valid value in wrappers that programs may unwrap: an array of one, an object with an ID, JSON in JSON. */
function wrap(schema: Schema, value: unknown): unknown[] {
  const isList = typesOf(schema).includes('array');
  const isText = typeof value === 'string';
  return [...(isList ? [] : [[value]]), { id: value }, ...(isText ? [] : [JSON.stringify(value)])];
}

/** Values that match none of the alternatives. */
function compositionViolations({ schema, pointer }: Located): Candidate[] {
  return ['oneOf', 'anyOf']
    .filter((keyword) => Array.isArray(schema[keyword]))
    .flatMap((keyword) =>
      SAMPLES_OF_TYPES.map((value) => ({
        value,
        label: `${JSON.stringify(value)} instead of an alternative`,
        keyword,
        pointer: `${pointer}/${keyword}`,
      })),
    );
}

/** Values that violate one part of an `allOf` in one place, and are otherwise valid. */
function withinParts(reader: Reader, node: Located, plain: unknown): InvalidValue[] {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return [];
  const parts = partsOf(reader, node, 'allOf').flatMap((part) => invalidValues(reader, part));
  return [...parts, ...below(reader, node, plain)].flatMap((each) => {
    if (typeof each.value !== 'object' || each.value === null || Array.isArray(each.value)) return [];
    const missing = each.keyword === 'required' ? each.location.slice(1) : undefined;
    const value = { ...plain, ...each.value };
    if (missing !== undefined) Reflect.deleteProperty(value, missing);
    const errors = reader.violationsIn(node, value);
    const isOnly = errors.length > 0 && errors.every(({ location }) => location === each.location);
    return isOnly ? [{ ...each, value }] : [];
  });
}

/** Values that are neither in the enum nor the constant. */
function enumViolations({ schema, pointer }: Located, valid: readonly unknown[]): Candidate[] {
  const others = valid.flatMap((value) => (typeof value === 'number' ? [value + 1, value - 1, value + 0.5] : []));
  return ['enum', 'const']
    .filter((keyword) => keyword in schema)
    .flatMap((keyword) =>
      [...others, 'x', 1, true, null].map((value) => ({
        value,
        label: JSON.stringify(value),
        keyword,
        pointer: `${pointer}/${keyword}`,
      })),
    );
}

function ofType(type: unknown, reader: Reader, node: Located, valid: readonly unknown[]): Candidate[] {
  switch (type) {
    case 'string':
      return stringViolations(node, valid.filter((value) => typeof value === 'string').slice(0, 3));
    case 'array':
      return arrayViolations(reader, node, valid);
    case 'object':
      return objectViolations(reader, node, valid[0]);
    case 'integer':
    case 'number':
      return numberViolations(node);
    default:
      return [];
  }
}

function numberViolations({ schema, pointer }: Located): Candidate[] {
  const steps = { minimum: -1, maximum: 1, exclusiveMinimum: 0, exclusiveMaximum: 0, multipleOf: 1 };
  return Object.entries(steps).flatMap(([keyword, step]) => {
    const limit = schema[keyword];
    if (typeof limit !== 'number') return [];
    const values = keyword === 'multipleOf' ? [limit + step, limit * 1.5] : [limit + step];
    return values.map((value) => ({ value, label: String(value), keyword, pointer: `${pointer}/${keyword}` }));
  });
}

/** Invalid properties and items in an otherwise valid value. */
function below(reader: Reader, node: Located, plain: unknown): InvalidValue[] {
  const { schema } = node;
  const types = typesOf(schema);
  if (types.includes('object') && typeof plain === 'object' && plain !== null) {
    const inOthers = isSchema(schema.additionalProperties)
      ? invalidValues(reader, reader.child(node, 'additionalProperties')).map((each) => ({
          ...each,
          value: { ...plain, other0: each.value },
          label: `other0: ${each.label}`,
          location: `/other0${each.location}`,
        }))
      : [];
    const inProperties = Object.keys(schema.properties ?? {}).flatMap((name) =>
      invalidValues(reader, reader.child(node, 'properties', name)).map((each) => ({
        ...each,
        value: { ...plain, [name]: each.value },
        label: `${name}: ${each.label}`,
        location: `/${escapeSegment(name)}${each.location}`,
      })),
    );
    return [...inProperties, ...inOthers];
  }
  if (types.includes('array') && schema.items) {
    const items = reader.child(node, 'items');
    const known = items.references.includes(CUSTOMER)
      ? reader.subject.members
      : [plainValue(reader, items), ...validValues(reader, items).map(({ value }) => value)];
    // The first item and a middle one: an implementation that always reports index 0 must fail.
    return invalidValues(reader, items).flatMap((each, index) => {
      for (const position of index % 2 === 0 ? [0] : [1, 0]) {
        const value = aroundItem(schema, known, position, each.value);
        const isElsewhere = reader.violationsIn(node, value).some(({ location }) => !isBelow(location, `/${position}`));
        if (isElsewhere) continue;
        return [{ ...each, value, label: `item ${position}: ${each.label}`, location: `/${position}${each.location}` }];
      }
      return [];
    });
  }
  return [];
}

/** An array with this item and as many valid items as it needs. A middle item is followed by another one. */
function aroundItem(schema: Schema, known: readonly unknown[], position: number, item: unknown): unknown[] {
  const distinct = [...new Map(known.map((each) => [JSON.stringify(each), each])).values()];
  const length = Math.max(position === 0 ? 1 : position + 2, Number(schema.minItems ?? 0));
  const others = schema.uniqueItems
    ? distinct.slice(0, length - 1)
    : Array.from({ length: length - 1 }, () => known[0]);
  return others.toSpliced(position, 0, item);
}

function isBelow(location: string, place: string): boolean {
  return location === place || location.startsWith(`${place}/`);
}
