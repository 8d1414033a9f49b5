// The expectation of a case follows from its body, according to a validator that takes no part in deriving cases.
import { isUtf8 } from 'node:buffer';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../../openapi/model/contract.ts';
import type { Case } from '../../conformance/cases/case.ts';
import { createSuite } from '../../conformance/run/suite.ts';
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { extendContract } from '../../support/contract/extended-contract.ts';

/** The operation of the extended contract has its body there. */
const BODY = '#/paths/~1things/put/requestBody/content/application~1json/schema';

const text = { type: 'string' };

const SCHEMAS: [what: string, schema: Schema][] = [
  ['an integer or null', { type: ['integer', 'null'] }],
  ['a number', { type: 'number', minimum: 0 }],
  ['a boolean', { type: 'boolean' }],
  ['null', { type: 'null' }],
  ['a string', { type: 'string', maxLength: 3 }],
  ['a constant digit', { const: 7 }],
  ['an empty string', { const: '' }],
  ['a list', { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3, uniqueItems: true }],
  ['a map', { type: 'object', additionalProperties: { type: ['string', 'null'] }, minProperties: 1 }],
  ['a map of at most one', { type: 'object', additionalProperties: { type: 'integer' }, maxProperties: 1 }],
  ['any object with a property', { type: 'object', minProperties: 1 }],
  ['an object or null', { type: ['object', 'null'], required: ['a'], properties: { a: text } }],
  ['an object that needs two', { type: 'object', properties: { a: text, b: text, c: text }, minProperties: 2 }],
  [
    'a closed object that takes two',
    { type: 'object', properties: { a: text, b: text, c: text }, maxProperties: 2, additionalProperties: false },
  ],
  [
    'an object whose property needs another',
    { type: 'object', properties: { a: text, b: text }, dependentRequired: { a: ['b'] } },
  ],
  ['an object with a conditional property', conditional()],
  [
    'a closed object with names that match a pattern',
    { type: 'object', properties: { a: text }, patternProperties: { '^[a-m]': text }, additionalProperties: false },
  ],
  ['an object within itself', tree()],
  [
    'one of a digit and a list',
    {
      oneOf: [
        { type: 'integer', maximum: 9 },
        { type: 'array', items: text },
      ],
    },
  ],
  [
    'all of an object and a limit',
    {
      allOf: [
        { type: 'object', required: ['a'], properties: { a: text } },
        { minProperties: 1, maxProperties: 3 },
      ],
    },
  ],
  [
    'a map of maps',
    {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: { type: 'number' }, minProperties: 2 },
    },
  ],
  [
    'a list of maps',
    { type: 'array', items: { type: 'object', additionalProperties: text, minProperties: 1, maxProperties: 2 } },
  ],
  [
    'an object with a map',
    {
      ...{ type: 'object', required: ['labels'], additionalProperties: false },
      properties: { labels: { type: 'object', additionalProperties: text, minProperties: 1 }, n: { type: 'integer' } },
    },
  ],
  ['names of a pattern', { type: 'object', propertyNames: { pattern: '^[a-z]{2,4}$' }, additionalProperties: text }],
  [
    'an object with one that is read only',
    { type: 'object', required: ['id', 'a'], properties: { id: { ...text, readOnly: true }, a: text } },
  ],
];

/** `b` must be greater when `a` is `x`. This is JSON text, because an object with `then` would count as a promise. */
function conditional(): Schema {
  return JSON.parse(
    `{"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "integer"}},
      "if": {"properties": {"a": {"const": "x"}}}, "then": {"properties": {"b": {"minimum": 5}}}}`,
  );
}

function tree(): Schema {
  return { type: 'object', properties: { name: text, parent: { $ref: BODY } } };
}

/** The error in the body of a case; undefined when there is none. */
function problemOf(each: Case, isValid: (value: unknown) => boolean): 'missing' | 'json' | 'contract' | undefined {
  const { body } = each.request;
  if (body === undefined || body.length === 0) return 'missing';
  try {
    const bytes = decompress(Buffer.from(body), each.request.headers['content-encoding']);
    if (bytes.length === 0) return 'missing';
    if (!isUtf8(bytes)) return 'json';
    return isValid(JSON.parse(String(bytes))) ? undefined : 'contract';
  } catch {
    return 'json'; // The body is no JSON, or its compressed data is incomplete.
  }
}

function decompress(bytes: Buffer, coding = ''): Buffer {
  const decoders: Record<string, (bytes: Buffer) => Buffer> = {
    ...{ gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync, zstd: zstdDecompressSync },
  };
  return decoders[coding.toLowerCase()]?.(bytes) ?? bytes;
}

/** Whether an expectation contradicts the body. */
function isWrong({ expected }: Case, problem: ReturnType<typeof problemOf>, required: boolean): boolean {
  if (expected.kind === 'accepted') return problem !== undefined && (problem !== 'missing' || required);
  if (expected.kind !== 'rejected') return false;
  if (expected.error === 'json') return problem !== 'json';
  const isOfBody = expected.error === 'contract' && expected.locations.every((each) => each.in === 'body');
  return isOfBody && (problem === undefined || problem === 'json' || (problem === 'missing' && !required));
}

describe.each([true, false])('with a body that is required: %s', (required) => {
  it.each(SCHEMAS)('expects of each body what its schema says: %s', (_, schema) => {
    const contract = extendContract(schema, [], required);
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    // A read-only property must not be sent.
    const { id, ...sent } = schema.properties ?? {};
    const closed = id?.readOnly ? { ...sent, id: false } : schema.properties;
    const asSent = id?.readOnly ? { ...schema, required: ['a'], properties: closed } : schema;
    const validate = ajv.compile(JSON.parse(JSON.stringify(asSent).replaceAll(BODY, '#')));

    const { cases, underivable } = createSuite({ contract, subject: SUBJECT, seed: 1, combinations: 300 });

    expect(underivable).toEqual([]);
    const wrong = cases.filter((each) => isWrong(each, problemOf(each, validate), required));
    expect(wrong.map(({ name, request, expected }) => [name, String(request.body).slice(0, 80), expected])).toEqual([]);
    const combinations = cases.filter(({ rule }) => rule === 'combination');
    expect(combinations).toHaveLength(300);
    expect(combinations.filter(({ expected }) => expected.kind === 'accepted').length).toBeGreaterThan(20);
  });
});
