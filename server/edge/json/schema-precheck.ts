// The constraints of a schema that can be checked in the text of a value, before it is parsed.
import { type Contract, resolve, type Schema } from '../../../openapi/model/contract.ts';
import { type BytePattern, matchesText, toBytePattern } from '../../text/byte-pattern.ts';
import { withoutImplied } from '../validators/string-keywords.ts';
import { byteAt } from './scanner.ts';

/**
 * The simple constraints of a schema. A value that violates them has one violation, at its own location, whatever it
 * contains.
 */
export interface Outline {
  /** The schema, with its reference followed. */
  schema: Schema;
  /** The allowed JSON types, as a bit mask. */
  types: number;
  /** The minimum number of bytes of a string, with its quotes. */
  leastBytes: number;
  /** The pattern of a string, if it is simple. */
  pattern?: BytePattern | undefined;
  /** Whether every string that matches the pattern is valid. */
  isDecidedByPattern?: boolean;
  /** Set for an object whose properties can be validated one by one. */
  object?: ObjectOutline | undefined;
  /** The maximum number of bytes of a string, with its quotes. */
  mostBytes: number;
  /** The outline of each item, for an array whose items can be validated one by one. */
  items?: Outline | undefined;
  /** The `maxItems` of such an array. */
  maxItems?: number;
}

export interface ObjectOutline {
  /** The declared properties. */
  properties: readonly PropertyOutline[];
  /** Whether other properties are forbidden. */
  closed: boolean;
}

export interface PropertyOutline {
  name: string;
  /** The name in UTF-8. */
  bytes: Uint8Array;
  /** The name as JSON writes it, without quotes. */
  text: Uint8Array;
  outline: Outline;
}

/** The bits of the JSON types; `integer` counts as a number. */
const TYPE_BITS: Readonly<Record<string, number>> = {
  object: 1,
  array: 2,
  string: 4,
  number: 8,
  integer: 8,
  boolean: 16,
  null: 32,
};
const ANY_TYPE = 63;
/** The length limits of a value without known limits. */
const ANY_BYTES = { leastBytes: 0, mostBytes: Number.POSITIVE_INFINITY };
const typeBit = (type: string) => TYPE_BITS[type] ?? 0;

/** The type bits, indexed by the first byte of a value. */
const BITS_BY_BYTE = new Uint8Array(256);
for (const [type, firstBytes] of [
  ['object', '{'],
  ['array', '['],
  ['string', '"'],
  ['number', '-0123456789'],
  ['boolean', 'tf'],
  ['null', 'n'],
] as const) {
  for (const byte of Buffer.from(firstBytes)) BITS_BY_BYTE[byte] = typeBit(type);
}

/** Returns whether the value at these offsets has a forbidden type, or is a string that is too short or too long. */
export function rejects(outline: Outline, bytes: Uint8Array, start: number, end: number): boolean {
  const byte = byteAt(bytes, start);
  if (((BITS_BY_BYTE[byte] ?? 0) & outline.types) === 0) return true;
  return byte === QUOTE && (end - start < outline.leastBytes || end - start > outline.mostBytes);
}

/**
 * Returns whether the value at these offsets is valid, or undefined if only the validator can tell. The validator would
 * take four times as long to test a simple pattern.
 */
export function isValid(outline: Outline, bytes: Uint8Array, start: number, end: number): boolean | undefined {
  if (rejects(outline, bytes, start, end)) return false;
  if (outline.pattern === undefined || byteAt(bytes, start) !== QUOTE) return undefined;
  const isMatch = matchesText(outline.pattern, bytes, start);
  return isMatch === true && !outline.isDecidedByPattern ? undefined : isMatch;
}

/** Keywords that describe a value and do not constrain it. */
const ANNOTATIONS = [
  'title',
  'description',
  'default',
  'deprecated',
  'example',
  'examples',
  'externalDocs',
  '$comment',
];
/** The only keywords with which the properties of an object can be validated one by one. */
const OBJECT_KEYWORDS = ['type', 'properties', 'required', 'additionalProperties'];
/** The only keywords with which the items of an array can be validated one by one. */
const ARRAY_KEYWORDS = ['type', 'items', 'minItems', 'maxItems'];
/** The keywords that a value can violate at one location only. */
const SCALAR_KEYWORDS = [
  'type',
  'enum',
  'const',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
];

/**
 * Creates the outline of a schema of the contract. A schema that is not simple, such as one with `oneOf` or a recursive
 * one, gets an outline that rejects nothing, and is left to the validator.
 */
export function createOutline(contract: Contract, schema: Schema, within: readonly Schema[] = []): Outline {
  const target = resolve<Schema>(contract, schema);
  const isPlain = (keywords: readonly string[], { $ref: _, ...rest }: Schema) =>
    Object.keys(rest).every((each) => keywords.includes(each) || ANNOTATIONS.includes(each) || each.startsWith('x-'));
  const opaque: Outline = { schema, types: ANY_TYPE, ...ANY_BYTES };
  if (within.includes(target) || (target !== schema && !isPlain([], schema))) return opaque;
  const child = (each: Schema) => createOutline(contract, each, [...within, target]);
  const { type, properties = {}, items, additionalProperties = true } = target;
  if (type === 'object' && typeof additionalProperties === 'boolean' && isPlain(OBJECT_KEYWORDS, target)) {
    const declared = Object.entries(properties).map(([name, each]) => ({
      name,
      bytes: Buffer.from(name),
      text: Buffer.from(JSON.stringify(name).slice(1, -1)),
      outline: child(each),
    }));
    return {
      schema: target,
      types: typeBit(type),
      ...ANY_BYTES,
      object: { properties: declared, closed: !additionalProperties },
    };
  }
  if (type === 'array' && items && isPlain(ARRAY_KEYWORDS, target))
    return {
      schema: target,
      types: typeBit(type),
      ...ANY_BYTES,
      items: child(items),
      maxItems: Number(target.maxItems ?? Number.POSITIVE_INFINITY),
    };
  if (!isPlain(SCALAR_KEYWORDS, target)) return opaque;
  const types = type === undefined ? ANY_TYPE : [type].flat().reduce((bits, each) => bits | typeBit(each), 0);
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = target;
  return {
    schema: target,
    types,
    // A character takes one byte at least and twelve, as two escapes, at most.
    leastBytes: Number(minLength) + 2,
    mostBytes: Number(maxLength) * 12 + 2,
    pattern: typeof target.pattern === 'string' ? toBytePattern(target.pattern) : undefined,
    isDecidedByPattern: (types & typeBit('string')) !== 0 && isPlain(['type', 'pattern'], withoutImplied(target)),
  };
}

const QUOTE = 0x22;
