// Reads schemas in the contract: follows references, keeps JSON Pointers, and validates values with Ajv.

import { Ajv2020 as Ajv, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Contract, Schema } from '../../../openapi/model/contract.ts';
import { escapeSegment, unescapeSegment } from '../../../openapi/model/json-pointer.ts';
import { viewOf } from '../../../openapi/model/validators/schema-view.ts';
import type { Subject } from './case.ts';

/** A schema with its pointer, and the references that were followed to it. */
export interface Located {
  schema: Schema;
  pointer: string;
  references: readonly string[];
}

export interface ErrorKind {
  keyword: string;
  /** JSON Pointer into the value. For a missing or unknown property, the pointer of the property itself. */
  location: string;
}

/** Access to the schemas of a contract, with the customers that exist. */
export interface Reader {
  contract: Contract;
  subject: Pick<Subject, 'owner' | 'members'>;
  locate(pointer: string): Located;
  child(parent: Located, ...segments: string[]): Located;
  /** All violations of the schema in the value. */
  violationsIn(node: Located, value: unknown): ErrorKind[];
}

/** The schema whose values must be existing customers. */
export const CUSTOMER = '#/components/schemas/CustomerId';
/** The schema whose values select the API version. */
export const VERSION = '#/components/schemas/ApiVersion';
/** The live versions in the schema of versions, including those of other contracts. */
export const LIVE_VERSIONS = 'x-live-versions';

export function createReader(contract: Contract, subject: Reader['subject']): Reader {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, discriminator: true });
  formats.default(ajv);
  // Requests are derived from the view for requests.
  const view = viewOf(contract, contract, 'request');
  ajv.addSchema(view, 'contract');
  const compiled = new Map<string, ValidateFunction>();
  const locate = (pointer: string, references: readonly string[] = []): Located => {
    const schema = readPointer(view, pointer) as Schema; // The pointers lead to schemas only.
    if (schema.$ref === undefined) return { schema, pointer, references };
    return locate(schema.$ref.slice(1), [...references, schema.$ref]);
  };
  return {
    contract,
    subject,
    locate,
    child: ({ pointer }, ...segments) => locate([pointer, ...segments.map(escapeSegment)].join('/')),
    violationsIn({ pointer }, value) {
      const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `contract#${encodeURI(pointer)}` });
      compiled.set(pointer, validate);
      if (validate(value)) return [];
      return (validate.errors ?? []).map(({ keyword, instancePath, params }) => {
        const property: unknown = params.missingProperty ?? params.additionalProperty;
        const location = property === undefined ? instancePath : `${instancePath}/${escapeSegment(String(property))}`;
        return { keyword, location };
      });
    },
  };
}

/** Returns the value at a JSON Pointer. Throws when there is none. */
export function readPointer(document: unknown, pointer: string): unknown {
  let found = document;
  for (const segment of pointer.split('/').slice(1)) {
    const key = unescapeSegment(segment);
    found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
  }
  if (found === undefined) throw new Error(`The contract has nothing at ${pointer}.`);
  return found;
}

/** Annotations, which restrict nothing. Every other keyword counts as a constraint, whether or not it is known here. */
export const DESCRIPTIVE_KEYWORDS: readonly string[] = [
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['externalDocs', 'xml', 'discriminator', '$id', '$schema', '$anchor', '$comment', '$defs'],
];

/** The types that a schema allows; empty when it declares none. */
export function typesOf({ type }: Schema): unknown[] {
  return type === undefined ? [] : [type].flat();
}

/** The pointers of every constraint at and below a schema; `required` counts once for each property. */
export function constraintsBelow(reader: Reader, node: Located, seen = new Set<string>()): string[] {
  if (seen.has(node.pointer)) return [];
  seen.add(node.pointer);
  const { schema, pointer } = node;
  const own = Object.entries(schema).flatMap(([keyword, value]) => {
    if (keyword === 'required' && Array.isArray(value)) return value.map((_, index) => `${pointer}/required/${index}`);
    return isConstraint(keyword, value) ? [`${pointer}/${keyword}`] : [];
  });
  const below = [
    ...Object.keys(schema.properties ?? {}).map((name) => reader.child(node, 'properties', name)),
    ...(schema.items ? [reader.child(node, 'items')] : []),
    ...(isSchema(schema.additionalProperties) ? [reader.child(node, 'additionalProperties')] : []),
    ...partsOf(reader, node, 'allOf'),
  ];
  return [...own, ...below.flatMap((each) => constraintsBelow(reader, each, seen))];
}

function isConstraint(keyword: string, value: unknown): boolean {
  if (DESCRIPTIVE_KEYWORDS.includes(keyword) || keyword.startsWith('x-')) return false;
  switch (keyword) {
    case 'properties':
    case 'items':
    case 'allOf':
      return false; // The keywords inside these count instead.
    case 'additionalProperties':
      return value === false;
    case 'uniqueItems':
      return value === true;
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Number(value) > 0;
    default:
      return true;
  }
}

/** The schema of a part of a value; undefined where another schema of a composition has it, or none. */
export function partAt(reader: Reader, node: Located, key: string | number): Located | undefined {
  const { items, properties = {} } = node.schema;
  if (typeof key === 'number') return items ? reader.child(node, 'items') : undefined;
  return Object.hasOwn(properties, key) ? reader.child(node, 'properties', key) : undefined;
}

/** The schemas that a schema is composed of. */
export function partsOf(reader: Reader, node: Located, keyword: 'allOf' | 'oneOf' | 'anyOf'): Located[] {
  const parts = node.schema[keyword];
  return Array.isArray(parts) ? parts.map((_, index) => reader.child(node, keyword, String(index))) : [];
}

/** Whether a value must match other schemas besides the keywords of this one. */
export function isComposed({ schema }: Located): boolean {
  return ['allOf', 'oneOf', 'anyOf'].some((keyword) => Array.isArray(schema[keyword]));
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
