// Values that violate one constraint of a schema, in one location. Ajv decides whether a value does, nothing is
// assumed.
import type { Schema } from '../../../../openapi/model/contract.ts';
import { HIDDEN } from '../../../../openapi/model/validators/schema-view.ts';
import { CUSTOMER, isComposed, isSchema, type Located, partsOf, type Reader, typesOf } from '../../validate/schema.ts';
import { escapeSegment } from '../case.ts';
import { plainValue, toLength, toSize, validValues } from './valid-values.ts';

export interface InvalidValue {
  value: unknown;
  label: string;
  /** The violated keyword. */
  keyword: string;
  /** JSON Pointer to the keyword in the contract. */
  pointer: string;
  /** JSON Pointer into the value. */
  location: string;
}

/** A value that is not yet known to violate anything. */
interface Candidate extends Omit<InvalidValue, 'location'> {
  /** A valid value in another notation: kept even if it violates other constraints too. */
  alternativeForm?: boolean;
}

/**
 * For each constraint at and below a schema, values that violate it and, where possible, no other. Where constraints
 * overlap (a string of the wrong length also fails the pattern), the values with the fewest other violations are kept,
 * all of them in the same location.
 */
export function invalidValues(reader: Reader, node: Located, hints: readonly unknown[] = []): InvalidValue[] {
  // A schema may lie within itself: what it says of its parts is tried once.
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

/** A valid value in what programs unwrap: an array of one, an object with an ID, JSON in JSON. */
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

/** What violates one part of an `allOf` in one place, in an otherwise valid value. */
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

function stringViolations({ schema, pointer }: Located, valid: readonly string[]): Candidate[] {
  const corrupted = valid.slice(0, 1).flatMap(corrupt);
  const candidates = (keyword: string, values: string[]) =>
    schema[keyword] === undefined
      ? []
      : values.map((value) => ({
          value,
          label: value.length > 80 ? `a string of ${[...value].length} characters` : JSON.stringify(value),
          keyword,
          pointer: `${pointer}/${keyword}`,
        }));
  const lengths = (limit: unknown, ...steps: number[]) =>
    typeof limit === 'number'
      ? valid.flatMap((value) =>
          steps.map((step) => limit + step).flatMap((length) => (length < 0 ? [] : [toLength(value, length)])),
        )
      : [];
  return [
    ...candidates('enum', [
      ...valid.flatMap((value) => [value.toUpperCase(), value.toLowerCase(), `${value}x`]),
      'x',
      '',
    ]),
    ...candidates('enum', corrupted),
    ...candidates('const', corrupted),
    ...candidates('format', corrupted),
    ...candidates('pattern', [...corrupted, '']),
    ...candidates('pattern', valid.slice(0, 1).flatMap(alternativeForms)).map((each) => ({
      ...each,
      alternativeForm: true,
    })),
    ...candidates('minLength', [...lengths(schema.minLength, -1), '']),
    ...candidates('maxLength', lengths(schema.maxLength, 1, 2, 100)),
  ];
}

/** Ordinary invalid characters, control characters, and non-ASCII digits that some regular expressions accept. */
const INVALID_CHARACTERS = ['g', 'z', '_', ' ', '!', 'é', '\u0660', '\uff11', '\u0000', '\n', '😀'];

/** The text with one character replaced, removed or added. */
function corrupt(text: string): string[] {
  const last = text.length - 1;
  const marks = [...text.matchAll(/[^0-9A-Za-z]/g)].map(({ index }) => index);
  const locations = [...new Set([0, last >> 1, last, ...marks])].filter((index) => index >= 0);
  const replaced = locations.flatMap((index) =>
    INVALID_CHARACTERS.map((character) => text.slice(0, index) + character + text.slice(index + 1)),
  );
  return [
    ...replaced,
    ...locations.map((index) => text.slice(0, index) + text.slice(index + 1)),
    `${text}-`,
    `${text}0`,
  ];
}

/** The same value in notations that other programs use. */
function alternativeForms(text: string): string[] {
  return [`${text}\n`, ` ${text}`, `${text} `, `{${text}}`, `"${text}"`, `urn:uuid:${text}`, text.replaceAll('-', '')];
}

function arrayViolations(reader: Reader, node: Located, valid: readonly unknown[]): Candidate[] {
  const { schema, pointer } = node;
  const items = reader.child(node, 'items');
  const known = items.references.includes(CUSTOMER) ? reader.subject.members : [plainValue(reader, items)];
  const ofLength = (length: number) => Array.from({ length }, (_, index) => known[index % known.length]);
  const candidates = (keyword: 'minItems' | 'maxItems', ...steps: number[]): Candidate[] => {
    const limit = schema[keyword];
    if (typeof limit !== 'number') return [];
    return steps
      .filter((step) => limit + step >= 0)
      .map((step) => ({
        value: ofLength(limit + step),
        label: `${limit + step} items`,
        keyword,
        pointer: `${pointer}/${keyword}`,
      }));
  };
  const single = valid.find((value) => Array.isArray(value) && value.length === 1);
  return [
    ...candidates('minItems', -1),
    ...candidates('maxItems', 1, 2),
    ...(schema.uniqueItems && Array.isArray(single)
      ? [
          {
            value: [...single, ...single],
            label: 'a duplicate item',
            keyword: 'uniqueItems',
            pointer: `${pointer}/uniqueItems`,
          },
        ]
      : []),
  ];
}

/** Includes names of inherited JavaScript properties, and one that JSON Pointer must escape. */
const UNKNOWN_NAMES = [
  'unknown',
  '',
  ' ',
  'a/b~c',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'ünïcode',
];

function objectViolations(reader: Reader, node: Located, plain: unknown): Candidate[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const { schema, pointer } = node;
  const all = Object.entries(plain);
  const needed: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys(schema.properties ?? {});
  const hidden = names.filter((name) => HIDDEN in reader.child(node, 'properties', name).schema);
  const misspelled = names.flatMap((name) => [name.toUpperCase(), `${name} `, `${name}s`, snakeCase(name)]);
  const value = all[0]?.[1] ?? reader.subject.owner;
  return [
    ...hidden.flatMap((name) =>
      ['text', 1, null].map((sent) => ({
        value: { ...plain, [name]: sent },
        label: `with the read-only property ${name}`,
        keyword: 'not',
        pointer: `${pointer}/properties/${escapeSegment(name)}/not`,
      })),
    ),
    ...needed.map((name, index) => ({
      value: Object.fromEntries(all.filter(([key]) => key !== name)),
      label: `without ${name}`,
      keyword: 'required',
      pointer: `${pointer}/required/${index}`,
    })),
    ...(schema.additionalProperties === false ? [...UNKNOWN_NAMES, ...misspelled] : [])
      .filter((name) => !names.includes(name))
      .map((name) => ({
        value: Object.fromEntries([...all, [name, value]]),
        label: `with the unknown property ${JSON.stringify(name)}`,
        keyword: 'additionalProperties',
        pointer: `${pointer}/additionalProperties`,
      })),
    ...(['minProperties', 'maxProperties'] as const).flatMap((keyword) => {
      const limit = schema[keyword];
      if (typeof limit !== 'number') return [];
      const count = keyword === 'minProperties' ? limit - 1 : limit + 1;
      const label = `${count} properties`;
      return [{ value: toSize(reader, node, plain, count), label, keyword, pointer: `${pointer}/${keyword}` }];
    }),
  ];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
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

/** An array with this item, and as many valid ones as it needs: behind a middle one there is another. */
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
