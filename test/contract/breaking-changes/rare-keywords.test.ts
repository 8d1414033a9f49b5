// Keywords that few contracts use, compared with an independent validator, and their changes that break no client.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../openapi/breaking-changes/compare/compare-contracts.ts';

type Schema = Record<string, unknown>;
type Position = 'request' | 'response';

/** A contract that has the schema in a request or in a response. */
function contractOf(schema: Schema, position: Position): object {
  const body = { description: 'A body.', content: { 'application/json': { schema } } };
  const operation = position === 'request' ? { requestBody: body, responses: {} } : { responses: { 200: body } };
  return { openapi: '3.1.1', info: { title: 'Values', version: '1' }, paths: { '/values': { post: operation } } };
}

function breaks(before: Schema, after: Schema, position: Position): boolean {
  const changes = compareContracts(contractOf(before, position), contractOf(after, position));
  return changes.some(({ effect }) => effect === 'breaking');
}

const object = (keywords: Schema): Schema => ({ type: 'object', ...keywords });
const array = (keywords: Schema): Schema => ({ type: 'array', ...keywords });
const [INTEGER, NUMBER, TEXT] = [{ type: 'integer' }, { type: 'number' }, { type: 'string' }];

describe('a change that allows fewer values', () => {
  it.each<[string, narrow: Schema, wide: Schema]>([
    ['a pattern of names in an open object', object({ patternProperties: { '^x': INTEGER } }), object({})],
    [
      'no pattern of names in a closed object',
      object({ additionalProperties: false }),
      object({ additionalProperties: false, patternProperties: { '^x': INTEGER } }),
    ],
    [
      'the schema of a pattern of names',
      object({ patternProperties: { '^x': INTEGER } }),
      object({ patternProperties: { '^x': NUMBER } }),
    ],
    ['the first items', array({ prefixItems: [INTEGER] }), array({ prefixItems: [NUMBER] })],
    ['one more first item', array({ prefixItems: [NUMBER, INTEGER] }), array({ prefixItems: [NUMBER] })],
    [
      'a first item like all others',
      array({ items: NUMBER, prefixItems: [INTEGER] }),
      array({ items: NUMBER, prefixItems: [NUMBER] }),
    ],
    ['contains', array({ contains: INTEGER }), array({})],
    ['what it contains', array({ contains: INTEGER }), array({ contains: NUMBER })],
    ['minContains', array({ contains: INTEGER, minContains: 2 }), array({ contains: INTEGER })],
    ['no minContains of 0', array({ contains: INTEGER }), array({ contains: INTEGER, minContains: 0 })],
    ['maxContains', array({ contains: INTEGER, maxContains: 1 }), array({ contains: INTEGER, maxContains: 2 })],
    [
      'dependentRequired',
      object({ dependentRequired: { a: ['b', 'c'] } }),
      object({ dependentRequired: { a: ['b'] } }),
    ],
    ['the names', object({ propertyNames: { maxLength: 3 } }), object({ propertyNames: { maxLength: 5 } })],
    [
      'the type of names too',
      object({ propertyNames: { ...TEXT, maxLength: 3 } }),
      object({ propertyNames: { maxLength: 5 } }),
    ],
    ['the encoding', { ...TEXT, contentEncoding: 'base64' }, TEXT],
    ['the media type', { ...TEXT, contentMediaType: 'application/json' }, TEXT],
  ])('breaks requests and no response, and its reverse responses and no request: %s', (_, narrow, wide) => {
    const found = [
      breaks(wide, narrow, 'request'),
      breaks(wide, narrow, 'response'),
      breaks(narrow, wide, 'request'),
      breaks(narrow, wide, 'response'),
    ];

    expect(found).toEqual([true, false, false, true]);
  });

  it.each<[string, Schema, Schema]>([
    [
      'more items that are counted, of which there may be few',
      array({ contains: INTEGER, minContains: 0, maxContains: 1 }),
      array({ contains: NUMBER, minContains: 0, maxContains: 1 }),
    ],
    [
      'a pattern of names that a property has as well',
      object({ additionalProperties: false, properties: { xa: NUMBER } }),
      object({ additionalProperties: false, properties: { xa: NUMBER }, patternProperties: { '^x': INTEGER } }),
    ],
    [
      'the number of properties, where a pattern names more than are listed',
      object({ additionalProperties: false, patternProperties: { '^x': {} }, maxProperties: 5 }),
      object({ additionalProperties: false, patternProperties: { '^x': {} }, maxProperties: 3 }),
    ],
    [
      'a property that had the name of a pattern',
      object({ additionalProperties: false, patternProperties: { '^x': NUMBER } }),
      object({ additionalProperties: false, patternProperties: { '^x': NUMBER }, properties: { xa: INTEGER } }),
    ],
  ])('breaks requests: %s', (_, before, after) => {
    expect(breaks(before, after, 'request')).toBe(true);
  });
});

describe('a change that allows the same values', () => {
  it.each<[string, Schema, Schema]>([
    ['letter case', { ...TEXT, contentEncoding: 'base64' }, { ...TEXT, contentEncoding: 'BASE64' }],
    ['maxContains without contains', array({}), array({ maxContains: 1 })],
    ['minContains of 1', array({ contains: INTEGER }), array({ contains: INTEGER, minContains: 1 })],
    ['a first item like all others', array({ items: NUMBER }), array({ items: NUMBER, prefixItems: [NUMBER] })],
    ['that names are strings', object({}), object({ propertyNames: TEXT })],
    [
      'a property that is required anyway',
      object({ required: ['b'] }),
      object({ required: ['b'], dependentRequired: { a: ['b'] } }),
    ],
    ['keywords of another type', TEXT, { ...TEXT, contains: INTEGER, patternProperties: { a: TEXT } }],
  ])('breaks no client: %s', (_, before, after) => {
    for (const position of ['request', 'response'] as const) {
      expect(breaks(before, after, position)).toBe(false);
      expect(breaks(after, before, position)).toBe(false);
    }
  });
});

const SCHEMA = fc.constantFrom<Schema[]>({}, INTEGER, NUMBER, TEXT, { enum: [1, 'a'] }, { const: 1 });
const OBJECT = fc.record(
  {
    type: fc.constant('object'),
    additionalProperties: fc.constantFrom<unknown[]>(true, false, NUMBER),
    patternProperties: fc.record({ '^x': SCHEMA, a: SCHEMA }, { requiredKeys: [] }),
    propertyNames: fc.constantFrom<Schema[]>({ maxLength: 1 }, { maxLength: 2 }, { pattern: '^x' }, TEXT, {}),
    dependentRequired: fc.record({ x: fc.subarray(['a', 'xa']), a: fc.subarray(['x']) }, { requiredKeys: [] }),
    required: fc.subarray(['x', 'a']),
    // A property that gets a name counts as an addition, so both sides get the same properties.
    properties: fc.constant({ x: NUMBER }),
    maxProperties: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['type', 'properties'] },
);
const ARRAY = fc.record(
  {
    type: fc.constant('array'),
    items: SCHEMA,
    prefixItems: fc.array(SCHEMA, { minLength: 1, maxLength: 3 }),
    contains: SCHEMA,
    minContains: fc.integer({ min: 0, max: 2 }),
    maxContains: fc.integer({ min: 0, max: 2 }),
    maxItems: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['type'] },
);
const withPart = (schema: fc.Arbitrary<Schema>) =>
  fc.oneof(
    { weight: 4, arbitrary: schema },
    { weight: 1, arbitrary: fc.tuple(schema, schema).map(([one, other]): Schema => ({ ...one, allOf: [other] })) },
  );
/** A schema that differs from the other one in one or two keywords, or in all. */
const pairOf = (schema: fc.Arbitrary<Schema>) =>
  fc.oneof(
    fc.tuple(withPart(schema), withPart(schema)),
    fc.tuple(schema, schema, fc.nat()).map(([one, other, choice]): [Schema, Schema] => {
      const name = Object.keys(other)[choice % Object.keys(other).length] ?? '';
      return [one, { ...one, [name]: other[name] }];
    }),
  );

/** Copies values without the null prototypes of fast-check. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const LEAF = fc.constantFrom(0, 1, 1.5, 'a', null);
const VALUES = copy([
  ...fc.sample(fc.record({ x: LEAF, a: LEAF, xa: LEAF, ab: LEAF, b: LEAF }, { requiredKeys: [] }), {
    numRuns: 200,
    seed: 1,
  }),
  ...fc.sample(fc.array(LEAF, { maxLength: 4 }), { numRuns: 200, seed: 1 }),
]);
const ajv = new Ajv({ strict: false });

describe('a change that is reported as compatible', () => {
  it.each([
    ['objects', pairOf(OBJECT)],
    ['arrays', pairOf(ARRAY)],
  ])('rejects nothing that was valid in requests, and sends nothing that was not: %s', (_, pairs) => {
    fc.assert(
      fc.property(pairs.map(copy), ([before, after]) => {
        const [was, is] = [ajv.compile(before), ajv.compile(after)];
        const lost = VALUES.some((value) => was(value) && !is(value));
        const gained = VALUES.some((value) => is(value) && !was(value));
        if (lost) expect(breaks(before, after, 'request')).toBe(true);
        if (gained) expect(breaks(before, after, 'response')).toBe(true);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});
