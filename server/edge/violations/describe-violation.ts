// Describes the location and reason of a violation. Client-supplied names are truncated, and invisible characters are
// escaped.
import type { ErrorObject } from 'ajv/dist/2020.js';
import { HIDDEN } from '../../../openapi/model/validators/schema-view.ts';
import { countCharacters } from '../../text/count-characters.ts';
import { quoteWhole } from '../../text/invisible.ts';
import type { Violation } from '../errors.ts';

/** The maximum lengths of `Violation.pointer` and `ErrorMessage` in the contract. */
const POINTER_LIMIT = 1000;
const MESSAGE_LIMIT = 2000;

/** The maximum length of a name that is quoted in a message. */
const NAME_LIMIT = 100;

/**
 * The most specific keyword comes first: a text that is not a UUID also has the wrong length, but that helps nobody.
 */
const KEYWORDS = [
  'required',
  'additionalProperties',
  'type',
  'const',
  'enum',
  'format',
  'minLength',
  'maxLength',
  'pattern',
];
const rank = ({ keyword }: ErrorObject) => (KEYWORDS.includes(keyword) ? KEYWORDS.indexOf(keyword) : KEYWORDS.length);

/** Returns the most specific error of each location, keyed by JSON Pointer. */
export function mergeByLocation(errors: readonly ErrorObject[]): Map<string, ErrorObject> {
  const locations = new Map<string, ErrorObject>();
  for (const error of errors) {
    const location = locationOf(error);
    const known = locations.get(location);
    if (!known || rank(error) < rank(known)) locations.set(location, error);
  }
  return locations;
}

/**
 * Returns the location of an error. For a missing or unknown property it is that of the property, not of its object.
 */
function locationOf({ instancePath, params }: ErrorObject): string {
  const property: unknown = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return property === undefined ? instancePath : `${instancePath}/${escapeSegment(String(property))}`;
}

/**
 * Escapes a name as a segment of a JSON Pointer (RFC 6901). A name may be 1 MiB long, so the part beyond the maximum
 * length of a pointer is left as it is.
 */
export function escapeSegment(name: string): string {
  const shown = name.slice(0, POINTER_LIMIT).replaceAll('~', '~0').replaceAll('/', '~1');
  return name.length <= POINTER_LIMIT ? shown : shown + name.slice(POINTER_LIMIT);
}

/** Converts an error of ajv to a violation at this pointer in this part of the request. */
export function describeViolation(error: ErrorObject, part: Violation['in'], pointer: string): Violation {
  const message = describe(error, part);
  return { in: part, pointer: shorten(pointer), message: clip(message) };
}

/** Shortens a pointer by whole segments, so that it points to the object or array that contains the location. */
function shorten(pointer: string): string {
  if (pointer === '') return '';
  const shown: string[] = [];
  let length = 0;
  // A segment that is cut off here is too long in any case.
  for (const segment of pointer.slice(1, POINTER_LIMIT + 2).split('/')) {
    // Counted as in JSON, where a control character takes six characters.
    length += JSON.stringify(segment).length - 1;
    if (length > POINTER_LIMIT) break;
    shown.push(segment);
  }
  return shown.map((segment) => `/${segment}`).join('');
}

function describe(error: ErrorObject, part: Violation['in']): string {
  const { keyword, params, schema, parentSchema, data, message } = error;
  if (parentSchema?.format === 'uuid' && typeof data === 'string') return describeUuid(parentSchema);
  switch (keyword) {
    case 'required':
      return 'Required, but missing.';
    case 'additionalProperties':
      return (
        `Unknown ${part === 'query' ? 'query parameter' : 'property'} ${quote(params.additionalProperty)}. ` +
        listKnown(parentSchema)
      );
    case 'type':
      return `Must be ${withArticle(String(params.type))}, but is ${withArticle(typeOf(data))}.`;
    case 'enum':
      return `Must be one of: ${params.allowedValues.map(String).join(', ')}.`;
    case 'format':
      return `Must have the format ${params.format}.`;
    case 'pattern':
      return `Must match the regular expression ${schema}`;
    case 'minLength':
      return `Must have at least ${count(schema, 'character')}, but has ${number(countCharacters(String(data)))}.`;
    case 'maxLength':
      return `Must have at most ${count(schema, 'character')}, but has ${number(countCharacters(String(data)))}.`;
    case 'minItems':
      return `Must have at least ${count(params.limit, 'item')}, but has ${number(lengthOf(data))}.`;
    case 'maxItems':
      return `Must have at most ${count(params.limit, 'item')}, but has ${number(lengthOf(data))}.`;
    case 'not':
      if (parentSchema?.[HIDDEN] === 'readOnly') return 'Read-only: only responses have it.';
      return sentence(String(message));
    case 'discriminator':
      return `Must name one of the variants in \`${params.tag}\`.`;
    default:
      return sentence(message ?? `violates \`${keyword}\``);
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

const number = (value: unknown) => Number(value).toLocaleString('en');
const count = (limit: unknown, unit: string) => `${number(limit)} ${unit}${limit === 1 ? '' : 's'}`;
const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);

function describeUuid(schema: ErrorObject['parentSchema']): string {
  const example: unknown = schema?.examples?.[0];
  return `Must be a UUID${typeof example === 'string' ? `, such as ${example}` : ''}.`;
}

function listKnown(schema: ErrorObject['parentSchema']): string {
  const known = Object.keys(schema?.properties ?? {});
  return known.length > 0 ? `Known here: ${known.join(', ')}.` : 'None is known here.';
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function withArticle(type: string): string {
  if (type === 'null' || type === 'undefined') return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function quote(name: unknown): string {
  const text = String(name);
  return quoteWhole(text.length > NAME_LIMIT ? `${text.slice(0, NAME_LIMIT).replace(/\p{Cs}$/u, '')}…` : text);
}

function clip(message: string): string {
  return message.length > MESSAGE_LIMIT ? `${message.slice(0, MESSAGE_LIMIT - 1)}…` : message;
}
