// The gate, compared with an independent validator: no change that it reports as compatible loses or gains a value.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../openapi/breaking-changes/compare/compare-contracts.ts';

type Schema = Record<string, unknown>;

const STRING = fc.record(
  {
    type: fc.constantFrom('string', ['string', 'null']),
    minLength: fc.integer({ min: 0, max: 3 }),
    maxLength: fc.integer({ min: 1, max: 4 }),
    pattern: fc.constantFrom('^[a-c]*$', '^[ab]*$', '^[a-c]{1,3}$', 'a', '^(?:a|b|c)*$', '^a', '^\\p{Ll}+$'),
  },
  { requiredKeys: ['type'] },
);

const NUMBER = fc.record(
  {
    type: fc.constantFrom('integer', 'number', ['integer', 'null']),
    minimum: fc.integer({ min: 0, max: 2 }),
    exclusiveMinimum: fc.integer({ min: 0, max: 2 }),
    maximum: fc.integer({ min: 1, max: 4 }),
    multipleOf: fc.constantFrom(0.5, 1, 2),
  },
  { requiredKeys: ['type'] },
);

/** Two of the objects are the same value. */
const CONSTANT = fc.constantFrom<unknown>('a', 'b', 1, 2, null, true, { p: 1, q: 'a' }, { q: 'a', p: 1 }, { p: 'a' });
const LISTED = fc.record({ enum: fc.uniqueArray(CONSTANT, { minLength: 1, maxLength: 4 }) });
const SCALAR: fc.Arbitrary<Schema> = fc.oneof(STRING, NUMBER, LISTED, fc.record({ const: fc.constantFrom('a', 1) }));

const { schema: SCHEMA } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 2 },
    SCALAR,
    fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.integer({ min: 1, max: 3 }) }),
    fc.record({
      type: fc.constantFrom('object', ['object', 'null']),
      additionalProperties: fc.constantFrom(false, {}, { type: 'integer' }),
      required: fc.subarray(['p', 'q']),
      properties: fc.record({ p: tie('schema'), q: tie('schema') }),
    }),
    fc.record(
      {
        type: fc.constant('object'),
        additionalProperties: fc.constantFrom(false, { type: 'string' }),
        unevaluatedProperties: fc.constantFrom(false, { type: 'string' }),
        required: fc.subarray(['p', 'q']),
        properties: fc.record({ p: tie('schema'), q: tie('schema') }, { requiredKeys: [] }),
        allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 1 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
  ),
}));

const PLAIN = fc.constantFrom('', 'a', 'b', 'ab', 'abc', 'aaaa', 'd', 0, 1, 2, 3, 0.5, 1.5, 4, null, true, false);
const { value: VALUE } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    PLAIN,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ p: tie('value'), q: tie('value'), r: PLAIN }, { requiredKeys: [] }),
  ),
}));

/** Copies values without the null prototypes of fast-check. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const VALUES = copy(fc.sample(VALUE, { numRuns: 300, seed: 1 }));
const ajv = new Ajv({ strict: false });

/** A contract that has the schema in a request or in a response. */
function contractOf(schema: Schema, position: 'request' | 'response'): object {
  const body = { description: 'A body.', content: { 'application/json': { schema } } };
  const none = { 200: { description: 'Nothing.' } };
  const operation = position === 'request' ? { requestBody: body, responses: none } : { responses: { 200: body } };
  return { openapi: '3.1.1', info: { title: 'Values', version: '1' }, paths: { '/values': { post: operation } } };
}

function breaks(before: Schema, after: Schema, position: 'request' | 'response'): boolean {
  const changes = compareContracts(contractOf(before, position), contractOf(after, position));
  return changes.some(({ effect }) => effect === 'breaking');
}

const OBJECT = fc.record(
  {
    type: fc.constant('object'),
    additionalProperties: fc.constantFrom(false, {}, { type: 'integer' }),
    unevaluatedProperties: fc.constantFrom(false, { type: 'string' }),
    required: fc.subarray(['p']),
    properties: fc.record({ p: SCALAR, q: SCALAR }, { requiredKeys: [] }),
  },
  { requiredKeys: ['type'] },
);

/** In an open object, a property that gets a name counts as an addition, even if it also gets a type. */
const hasNewNames = (before: Schema, after: Schema) =>
  ['"p":', '"q":'].some((name) => !JSON.stringify(before).includes(name) && JSON.stringify(after).includes(name));

/** A pair of schemas of which one is a part of the other, so that they differ little. */
const PAIR = fc
  .tuple(fc.oneof(OBJECT, SCALAR), fc.oneof(OBJECT, SCALAR), fc.constantFrom('allOf', 'anyOf', 'oneOf'))
  .chain(([one, other, keyword]) =>
    fc.constantFrom<[Schema, Schema]>(
      [one, { [keyword]: [one, other] }],
      [{ [keyword]: [one, other] }, one],
      [one, { ...one, [keyword]: [other, other] }],
      [one, { ...one, [keyword]: [other, {}] }],
      [{ allOf: [one, other] }, { ...one, [keyword]: [other, one] }],
    ),
  )
  .filter(([before, after]) => !hasNewNames(before, after));

/** A schema, and a copy that changes, adds or removes a keyword. */
const NEIGHBOURS = fc
  .oneof(...[STRING, NUMBER, OBJECT, LISTED].map((kind: fc.Arbitrary<Schema>) => fc.tuple(kind, kind)))
  .chain(([one, other]) =>
    fc
      .constantFrom(...Object.keys({ ...one, ...other }))
      .map((keyword): [Schema, Schema] => [one, { ...one, [keyword]: other[keyword] }]),
  )
  .filter(([one, other]) => !hasNewNames(one, other) && !hasNewNames(other, one));

/** Alternatives of which one is replaced: the new one may overlap the others more than before. */
const ALTERNATIVES = fc
  .tuple(NEIGHBOURS, fc.array(fc.oneof<fc.Arbitrary<Schema>[]>(SCALAR, OBJECT), { minLength: 1, maxLength: 2 }))
  .map(([neighbours, others]) => neighbours.map((each) => [each, ...others]));

/** Such pairs within an alternative, a property or an item, in both directions. */
const CHOICES = fc
  .tuple(ALTERNATIVES, fc.constantFrom('oneOf', 'anyOf'), fc.nat({ max: 3 }), fc.boolean())
  .map(([alternatives, keyword, where, isReversed]) => {
    const wrap = (list: Schema[] = []): Schema => {
      const choice = { [keyword]: list };
      if (where === 1) return { type: 'object', properties: { p: choice }, additionalProperties: false };
      if (where === 2) return { type: 'array', items: choice, maxItems: 2 };
      return where === 3 ? { oneOf: [choice, { type: 'boolean' }, { enum: ['a', 1] }] } : choice;
    };
    const [one, other] = alternatives;
    return (isReversed ? [wrap(other), wrap(one)] : [wrap(one), wrap(other)]) satisfies [Schema, Schema];
  });

/** Reverses the order of the properties of all objects. */
function reorder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reorder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, each]) => [name, reorder(each)] as const)
      .reverse(),
  );
}

describe('a change that is reported as compatible', () => {
  it.each([
    ['another schema', fc.tuple(SCHEMA, SCHEMA), 70],
    ['a schema that it is a part of', PAIR, 200],
    ['alternatives of which one differs', CHOICES, 300],
  ])('rejects no request that was valid, and sends no response that was not: %s', (_name, pairs, numRuns) => {
    fc.assert(
      fc.property(pairs.map(copy), ([before, after]) => {
        const [was, is] = [ajv.compile(before), ajv.compile(after)];
        const lost = VALUES.some((value) => was(value) && !is(value));
        const gained = VALUES.some((value) => is(value) && !was(value));
        if (lost) expect(breaks(before, after, 'request')).toBe(true);
        if (gained) expect(breaks(before, after, 'response')).toBe(true);
      }),
      { numRuns, seed: 1 },
    );
  });

  it('includes each schema compared with itself, with its properties in another order', () => {
    fc.assert(
      fc.property(SCHEMA.map(copy), (schema) => {
        const wrapped = { allOf: [{ anyOf: [Object(reorder(schema))] }] };
        for (const position of ['request', 'response'] as const)
          expect(compareContracts(contractOf(schema, position), contractOf(wrapped, position))).toEqual([]);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});
