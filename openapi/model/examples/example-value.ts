// Makes a value for a schema of which the contract has no example.
import { type Contract, resolve, type Schema } from '../contract.ts';
import { HIDDEN } from '../validators/schema-view.ts';

/** Deeper values are left empty: a schema may lie within itself. */
const MAX_DEPTH = 8;

/** The depth to which optional properties are included. */
const SHOWN_DEPTH = 2;

/**
 * The value that the schema itself gives as an example, default or constant, or else one of its type within its limits.
 * A `pattern` is ignored.
 */
export function exampleOf(contract: Contract, node: Schema, depth = 0): unknown {
  const schema = resolve<Schema>(contract, node as Schema & { $ref: string }) as Schema;
  const { example, examples, default: preset, const: constant, enum: values } = schema;
  const given = [example, Array.isArray(examples) ? examples[0] : undefined, preset, constant, values?.[0]];
  // A value of one part of a composition may violate another part.
  const found = given.find((value) => value !== undefined && (!Array.isArray(values) || values.includes(value)));
  if (found !== undefined) return found;
  if (depth > MAX_DEPTH) return null;
  const { oneOf, anyOf, ...own } = schema;
  const [variant] = [oneOf, anyOf].flatMap((list): Schema[] => (Array.isArray(list) ? list : []));
  if (variant)
    return exampleOf(contract, SHAPING.some((key) => key in own) ? { allOf: [own, variant] } : variant, depth + 1);
  if (Array.isArray(schema.allOf)) return exampleOfAll(contract, schema, schema.allOf, depth);
  const [type] = [schema.type ?? (schema.properties ? 'object' : 'string')].flat();
  return ofType(contract, schema, String(type), depth);
}

/** Keywords that restrict a value in addition to the variants beside them. */
const SHAPING = ['type', 'properties', 'required', 'allOf', 'minLength', 'maxLength', 'minimum', 'maximum', 'format'];

/** The parts of an object each contribute properties. The parts of any other value all restrict the same value. */
function exampleOfAll(contract: Contract, schema: Schema, parts: Schema[], depth: number): unknown {
  const values = parts.map((part) => exampleOf(contract, part, depth + 1));
  if (values.every((value) => typeof value === 'object' && value !== null && !Array.isArray(value)))
    return Object.assign({}, ...values, schema.properties && ofType(contract, schema, 'object', depth));
  const { allOf: _, ...own } = schema;
  // A part is a reference or a schema.
  const resolved = parts.map((part) => resolve<Schema>(contract, part as Schema & { $ref: string }));
  return exampleOf(contract, [...resolved, own].reduce(narrow), depth + 1);
}

/** Merges two schemas, as far as an example needs them. */
function narrow(one: Schema, other: Schema): Schema {
  const limit = (name: string, choose: (...limits: number[]) => number) => {
    const limits = [one[name], other[name]].filter((value) => typeof value === 'number');
    return limits.length > 0 ? { [name]: choose(...limits) } : {};
  };
  const least = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems'].map((name) => limit(name, Math.max));
  const most = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems'].map((name) => limit(name, Math.min));
  return Object.assign({}, one, other, ...least, ...most);
}

function ofType(contract: Contract, schema: Schema, type: string, depth: number): unknown {
  const { minItems, items, properties = {}, required } = schema;
  switch (type) {
    case 'object': {
      const names: unknown[] = Array.isArray(required) ? required : [];
      const needed = Object.entries(properties).filter(
        ([name, each]) => names.includes(name) || (depth < SHOWN_DEPTH && !(HIDDEN in each)),
      );
      return Object.fromEntries(needed.map(([name, each]) => [name, exampleOf(contract, each, depth + 1)]));
    }
    case 'array':
      return Array.from({ length: Number(minItems ?? 0) || 1 }, () => exampleOf(contract, items ?? {}, depth + 1));
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

function numberOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf = 1 }: Schema): number {
  const step = Number(multipleOf);
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : Number(exclusiveMinimum) + step);
  const most = maximum ?? (exclusiveMaximum === undefined ? undefined : Number(exclusiveMaximum) - step);
  if (least !== undefined) return Math.ceil(Number(least) / step) * step;
  return Math.floor(Math.min(Math.max(1, step), Number(most ?? Number.POSITIVE_INFINITY)) / step) * step;
}

const TEXTS = new Map(
  Object.entries({
    ...{ date: '2024-07-30', time: '12:30:00Z', 'date-time': '2024-07-30T12:30:00Z', duration: 'P1DT12H' },
    ...{ email: 'a@example.com', hostname: 'example.com', ipv4: '192.0.2.1', ipv6: '2001:db8::1' },
    ...{ uri: 'https://example.com/', 'uri-reference': '/a', uuid: '50af5191-05a3-42a5-802a-6b59091157af' },
    ...{ 'json-pointer': '/a', byte: 'dGV4dA==', regex: '^a$' },
  }),
);

function textOf({ format, minLength = 0, maxLength }: Schema): string {
  const text = TEXTS.get(String(format)) ?? 'text'.padEnd(Number(minLength), 'x');
  return typeof maxLength === 'number' ? text.slice(0, maxLength) : text;
}
