// Values that a schema allows: a plain value, every boundary, optional parts present and absent.
import { sample, stringMatching } from 'fast-check';
import type { Schema } from '../../../openapi/model/contract.ts';
import { HIDDEN } from '../../../openapi/model/validators/schema-view.ts';
import { CUSTOMER, isComposed, isSchema, type Located, partsOf, type Reader, typesOf } from './schema.ts';

export interface Valid {
  value: unknown;
  /** What distinguishes the value. */
  label: string;
  /** The constraint whose boundary the value meets. */
  pointer: string;
}

/**
 * Valid values of a schema, the plain value first. `hints` are values from elsewhere in the contract, such as a
 * parameter's example.
 */
export function validValues(reader: Reader, node: Located, hints: readonly unknown[] = []): Valid[] {
  active.push(node.pointer);
  let generated: Valid[];
  try {
    generated = candidates(reader, node, hints);
  } finally {
    active.pop();
  }
  const valid = generated.filter(({ value }) => reader.violationsIn(node, value).length === 0);
  if (valid.length === 0) throw new Error(`Cannot generate a valid value for the schema at ${node.pointer}.`);
  return distinct(valid);
}

/** The schemas for which values are being generated, outermost first, because a schema may contain itself. */
const active: string[] = [];

/** Whether a schema contains itself here. Then optional parts are left out, so that generation ends. */
function isWithinItself({ pointer }: Located): boolean {
  return active.includes(pointer);
}

/** The plain value of a schema. */
export function plainValue(reader: Reader, node: Located, hints: readonly unknown[] = []): unknown {
  return validValues(reader, node, hints)[0]?.value;
}

function candidates(reader: Reader, node: Located, hints: readonly unknown[]): Valid[] {
  const { schema, pointer, references } = node;
  const plain = (values: readonly unknown[], label = 'plain'): Valid[] =>
    values.map((value) => ({ value, label, pointer }));
  if (references.includes(CUSTOMER)) {
    const { owner } = reader.subject;
    return [...plain([owner]), ...plain([owner.toUpperCase()], 'in upper case')];
  }
  if (schema.enum) {
    return schema.enum.map((value) => ({
      value,
      label: `one of the values: ${JSON.stringify(value)}`,
      pointer: `${pointer}/enum`,
    }));
  }
  if ('const' in schema) return [{ value: schema.const, label: 'the constant', pointer: `${pointer}/const` }];
  const shown = plain([...hints, ...(Array.isArray(schema.examples) ? schema.examples : [])]);
  const types = typesOf(schema);
  if (isComposed(node)) return [...shown, ...composed(reader, node)];
  return [
    ...shown,
    ...(types.length > 0 ? types.flatMap((type) => ofType(type, reader, node, hints)) : plain(['text'])),
  ];
}

/** Values of each alternative, completed by those of the parts that hold for all of them. */
function composed(reader: Reader, node: Located): Valid[] {
  const own = node.schema.properties ? objects(reader, node) : [];
  const parts = partsOf(reader, node, 'allOf').map((part) => validValues(reader, part));
  const alternatives = [...partsOf(reader, node, 'oneOf'), ...partsOf(reader, node, 'anyOf')]
    .filter((part) => !isWithinItself(part))
    .map((part) => validValues(reader, part));
  const all = [...(own.length > 0 ? [own] : []), ...parts];
  const plain = all.map(([first]) => first?.value);
  const found = [...alternatives, ...(alternatives.length > 0 ? [] : all)].flat();
  return [
    ...(alternatives.length === 0 ? [{ value: merge(plain), label: 'with all parts', pointer: node.pointer }] : []),
    // Later fields win, which are those of the value that is being tried.
    ...found.map((each) => ({ ...each, value: merge([...plain, each.value]) })),
    ...all.flat().map((each) => ({
      ...each,
      value: merge([...alternatives.map(([first]) => first?.value).slice(0, 1), ...plain, each.value]),
    })),
  ];
}

/** Merges objects; of other values, takes the last. */
function merge(values: unknown[]): unknown {
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return values.length > 0 && values.every(isObject) ? Object.assign({}, ...values) : values.at(-1);
}

function ofType(type: unknown, reader: Reader, node: Located, hints: readonly unknown[]): Valid[] {
  const { pointer } = node;
  const plain = (values: unknown[]): Valid[] => values.map((value) => ({ value, label: 'plain', pointer }));
  switch (type) {
    case 'object':
      return objects(reader, node);
    case 'array':
      return arrays(reader, node);
    case 'string':
      return strings(reader, node, hints);
    case 'integer':
    case 'number':
      return [...plain([1]), ...numbers(node), ...plain([0, -1])];
    case 'boolean':
      return plain([true, false]);
    default:
      return plain([null]);
  }
}

function objects(reader: Reader, node: Located): Valid[] {
  const { schema, pointer } = node;
  const needed = new Set<unknown>(Array.isArray(schema.required) ? schema.required : []);
  const names = Object.keys(schema.properties ?? {}).filter((name) => {
    const property = reader.child(node, 'properties', name);
    return HIDDEN in property.schema ? false : needed.has(name) || !isWithinItself(property);
  });
  const values = new Map(names.map((name) => [name, validValues(reader, reader.child(node, 'properties', name))]));
  const build = (chosen: string[]) => Object.fromEntries(chosen.map((name) => [name, values.get(name)?.[0]?.value]));
  const all = build(names);
  const optional = names.filter((name) => !needed.has(name));
  const counted = (['minProperties', 'maxProperties'] as const).flatMap((keyword) => {
    const count = schema[keyword];
    if (typeof count !== 'number') return [];
    return [
      { value: toSize(reader, node, all, count), label: `with ${count} properties`, pointer: `${pointer}/${keyword}` },
    ];
  });
  return [
    ...counted,
    { value: all, label: 'with all properties', pointer },
    { value: build(names.filter((name) => needed.has(name))), label: 'with the required properties only', pointer },
    ...optional.map((name) => ({
      value: build(names.filter((each) => each !== name)),
      label: `without ${name}`,
      pointer: `${pointer}/properties/${name}`,
    })),
    ...names.flatMap((name) =>
      (values.get(name) ?? []).map((each) => ({
        value: { ...all, [name]: each.value },
        label: `${name} ${each.label}`,
        pointer: each.pointer,
      })),
    ),
  ];
}

/** An object with `count` properties: some are removed, or unnamed ones added. */
export function toSize(reader: Reader, node: Located, value: object, count: number): object {
  const { additionalProperties } = node.schema;
  const filler = isSchema(additionalProperties)
    ? plainValue(reader, reader.child(node, 'additionalProperties'))
    : reader.subject.owner;
  const others = Array.from({ length: count }, (_, index): [string, unknown] => [`other${index}`, filler]).filter(
    ([name]) => !(name in value),
  );
  return Object.fromEntries([...Object.entries(value), ...others].slice(0, count));
}

/** Customers in an array are members; elsewhere a customer is an owner. */
function arrays(reader: Reader, node: Located): Valid[] {
  const { schema, pointer } = node;
  const items = reader.child(node, 'items');
  if (isWithinItself(items)) return [{ value: [], label: 'with 0 items', pointer }];
  const { owner, members } = reader.subject;
  const values = items.references.includes(CUSTOMER)
    ? [...members, ...members.map((each) => each.toUpperCase()), owner]
    : validValues(reader, items).map(({ value }) => value);
  const ofLength = (length: number) => Array.from({ length }, (_, index) => values[index % values.length]);
  const lengths = new Map<number, [label: string, pointer: string]>();
  for (const length of [1, 2, 3, 0, 5]) lengths.set(length, [`with ${length} items`, pointer]);
  if (typeof schema.minItems === 'number')
    lengths.set(schema.minItems, [`with the minimum of ${schema.minItems} items`, `${pointer}/minItems`]);
  if (typeof schema.maxItems === 'number') {
    lengths.set(schema.maxItems - 1, [`with one item less than the maximum`, `${pointer}/maxItems`]);
    lengths.set(schema.maxItems, [`with the maximum of ${schema.maxItems} items`, `${pointer}/maxItems`]);
  }
  return [
    ...[...lengths].map(([length, [label, at]]) => ({ value: ofLength(length), label, pointer: at })),
    { value: [values[0], values[0]], label: 'with a duplicate item', pointer },
    ...values.map((each, index) => ({ value: [each], label: `with known item ${index}`, pointer })),
    { value: [values.at(-1), values[0]], label: 'with the last and the first known item', pointer },
    { value: [...values].reverse(), label: 'with all known items in reverse order', pointer },
  ];
}

function strings(reader: Reader, node: Located, hints: readonly unknown[]): Valid[] {
  const { schema, pointer } = node;
  const known = EXAMPLES[String(schema.format)] ?? ['text', 'ä€😀'];
  const free =
    typeof schema.pattern === 'string' ? matching(schema.pattern) : known.map((text) => fitLength(text, schema));
  const usable = [...hints, ...free].map(String).filter((value) => reader.violationsIn(node, value).length === 0);
  const bounded = (['minLength', 'maxLength'] as const).flatMap((keyword) => {
    const length = schema[keyword];
    if (typeof length !== 'number') return [];
    return usable.map((value) => ({
      value: toLength(value, length),
      label: `with the ${keyword === 'minLength' ? 'minimum' : 'maximum'} of ${length} characters`,
      pointer: `${pointer}/${keyword}`,
    }));
  });
  return [...usable.map((value) => ({ value, label: 'plain', pointer })), ...keepFirst(reader, node, bounded)];
}

/** A text, extended or truncated to an allowed length. */
function fitLength(text: string, { minLength, maxLength }: Schema): string {
  const { length } = [...text];
  if (typeof minLength === 'number' && length < minLength) return toLength(text, minLength);
  return typeof maxLength === 'number' && length > maxLength ? toLength(text, maxLength) : text;
}

/** Sample strings by format. */
const EXAMPLES: Record<string, string[]> = {
  ...{ date: ['2024-07-30'], time: ['12:30:00Z'], 'date-time': ['2024-07-30T12:30:00Z'], duration: ['P1DT12H'] },
  ...{ email: ['a@example.com'], hostname: ['example.com'], ipv4: ['192.0.2.1'], ipv6: ['2001:db8::1'] },
  ...{ uri: ['https://example.com/'], 'uri-reference': ['/a'], 'json-pointer': ['/a', ''], regex: ['^a$'] },
  ...{ uuid: ['50af5191-05a3-42a5-802a-6b59091157af'], byte: ['dGV4dA=='] },
};

/** Keeps the first valid value of each boundary. */
function keepFirst(reader: Reader, node: Located, values: Valid[]): Valid[] {
  const found = new Map<string, Valid>();
  for (const each of values)
    if (!found.has(each.pointer) && reader.violationsIn(node, each.value).length === 0) found.set(each.pointer, each);
  return [...found.values()];
}

/** Repeats or truncates a string to `length` characters. */
export function toLength(text: string, length: number): string {
  const characters = [...text];
  if (characters.length === 0) return 'x'.repeat(length);
  return Array.from({ length }, (_, index) => characters[index % characters.length]).join('');
}

/** Caches the samples, which are always the same and take milliseconds to generate. */
const SAMPLES = new Map<string, string[]>();

function matching(pattern: string): string[] {
  const known = SAMPLES.get(pattern) ?? sample(stringMatching(new RegExp(pattern, 'u')), { seed: 1, numRuns: 20 });
  SAMPLES.set(pattern, known);
  return known;
}

/** Each limit, or the value next to an exclusive one, and multiples. */
function numbers({ schema, pointer }: Located): Valid[] {
  const { multipleOf } = schema;
  const step = typeof multipleOf === 'number' ? multipleOf : 1;
  const limits = { minimum: 0, maximum: 0, exclusiveMinimum: step, exclusiveMaximum: -step };
  const found = Object.entries(limits).flatMap(([keyword, inwards]) => {
    const limit = schema[keyword];
    if (typeof limit !== 'number') return [];
    // The limit itself may not be a multiple.
    const values = [limit + inwards, Math.ceil(limit / step) * step, Math.floor(limit / step) * step];
    return values.map((value) => ({ value, label: `next to the ${keyword}`, pointer: `${pointer}/${keyword}` }));
  });
  const multiples = typeof multipleOf === 'number' ? [multipleOf, 2 * multipleOf] : [];
  return [...found, ...multiples.map((value) => ({ value, label: 'a multiple', pointer: `${pointer}/multipleOf` }))];
}

function distinct(values: Valid[]): Valid[] {
  const seen = new Set<string>();
  return values.filter(({ value }) => {
    const text = JSON.stringify(value);
    return !seen.has(text) && seen.add(text);
  });
}
