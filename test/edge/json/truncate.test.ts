// Leaving parts out of a body does not change the response: it lists the same violations, with the same total number.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import type { Contract, Schema } from '../../../openapi/model/contract.ts';
import { cutOf, parseScanned, scanBytes, scanRulesOf } from '../../../server/edge/json/parse.ts';
import { describeViolation, mergeByLocation } from '../../../server/edge/violations/describe-violation.ts';
import { createExplain, type Explanation } from '../../../server/edge/violations/explain.ts';
import { violationLimitOf } from '../../../server/edge/violations/violation-limit.ts';
import { escapeAll } from '../../support/bodies/body-parts.ts';
import { entryIn } from '../../support/contract/operation.ts';

const LIMIT = 3;
const UUID = '50af5191-05a3-42a5-802a-6b59091157af';

/** The contract with another schema of its request, and fewer violations in a response. */
function withBody(schema: Schema): Contract {
  const changed = structuredClone(contract);
  Object.assign(changed.components.schemas, { NewCustomerOrganization: schema, Tree: TREE });
  const error = changed.components.schemas.BadRequestError?.properties?.error;
  Object.assign(error?.then?.properties?.details ?? {}, { maxItems: LIMIT });
  return changed;
}

/** The violations that the edge finds. */
function createTruncated(schema: Schema) {
  const changed = withBody(schema);
  const rules = scanRulesOf(changed, entryIn(changed), violationLimitOf(changed, entryIn(changed)));
  const explain = createExplain(changed, entryIn(changed));
  return (text: string): Explanation & { left: string; isCut: boolean } => {
    const body = parseScanned(scanBytes(Buffer.from(text), rules));
    const { violations, total } = explain({ path: {}, query: {}, header: {}, body });
    return { violations, total, left: JSON.stringify(body), isCut: cutOf(body) !== undefined };
  };
}

/** The violations of the whole body, found by one run of a validator. */
function createWhole(schema: Schema) {
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true });
  formats.default(ajv);
  const validate = ajv.compile({ ...schema, components: withBody(schema).components });
  return (text: string): Explanation => {
    validate(JSON.parse(text));
    const errors = [...mergeByLocation(validate.errors ?? [])];
    return {
      violations: errors.slice(0, LIMIT).map(([location, error]) => describeViolation(error, 'body', location)),
      total: errors.length,
    };
  };
}

const string: Schema = { type: 'string', minLength: 3, maxLength: 6, pattern: '^[a-z]*$' };
const closed = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const array = (items: Schema): Schema => ({ type: 'array', items, minItems: 1, maxItems: 4 });

const SCHEMAS: Record<string, Schema> = {
  'like the contract': closed({ a: string, b: array(string) }, ['a', 'b']),
  'with references': closed({
    a: { $ref: '#/components/schemas/CustomerId' },
    b: array({ $ref: '#/components/schemas/Uuid' }),
  }),
  'with objects in arrays': closed({ a: array(closed({ a: string, b: { type: 'integer' } }, ['b'])) }),
  'with arrays in arrays': array(array(string)),
  'with a pattern that is tested in the text': array({ type: 'string', pattern: '^[a-c]{3}$' }),
  'that is open': {
    type: 'object',
    properties: { a: string, b: array({ type: ['number', 'null'] }) },
    required: ['a'],
  },
  'with names that need escapes': closed({ 'é/"\n': string, '\ud83d\ude00': array(string), '': closed({}) }, ['é/"\n']),
  'with composition': closed({
    a: { allOf: [closed({ a: string }), { required: ['b'] }] },
    b: array({ oneOf: [string, { type: 'number' }] }),
  }),
  'with a schema in itself': { $ref: '#/components/schemas/Tree' },
  'of any type': closed({ a: {}, b: array({ enum: [1, 'abc', null] }) }),
  'that is a string': string,
};
const TREE = closed({ a: array({ $ref: '#/components/schemas/Tree' }), b: string });

/** JSON in equivalent spellings, with repeated names. */
const json = (() => {
  const text = (value: string) => fc.constantFrom(JSON.stringify(value), `"${escapeAll(value)}"`);
  const name = fc
    .oneof(
      { weight: 3, arbitrary: fc.constantFrom('a', 'b') },
      fc.constantFrom('é/"\n', '\ud83d\ude00', '', 'c', '__proto__', 'constructor', '\ud800', '\udc00', '\ufffd'),
      fc.nat(9).map((number) => `k${number}`),
    )
    .chain(text);
  const string = fc
    .constantFrom(
      '',
      'ab',
      'abc',
      'ABC',
      'abcdefg',
      '\ud83d\ude00\ud83d\ude00\ud83d\ude00',
      'é',
      UUID,
      UUID.slice(1),
      'a'.repeat(13),
      'a'.repeat(80),
    )
    .chain(text);
  const space = fc.constantFrom('', '', '', ' ', '\n\t', '\n'.repeat(31), ' \r'.repeat(16), '\t'.repeat(80));
  const inside = (open: string, parts: fc.Arbitrary<string>, close: string) =>
    fc
      .array(fc.tuple(space, parts, space), { maxLength: 9 })
      .map((all) => open + all.map((each) => each.join('')).join(',') + close);
  return fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: string },
      fc.constantFrom('1', '-0', '1.5', '1e3', 'null', 'true', '[]', '{}'),
      { weight: 2, arbitrary: tie('array') },
      { weight: 2, arbitrary: tie('object') },
    ),
    array: inside('[', tie('value'), ']'),
    object: inside(
      '{',
      fc.tuple(name, space, tie('value')).map(([key, between, value]) => `${key}${between}:${value}`),
      '}',
    ),
  }));
})();

describe('a body that is truncated', () => {
  it.each(Object.entries(SCHEMAS))('is explained like the whole one by a schema %s', (_, schema) => {
    const [truncated, whole] = [createTruncated(schema), createWhole(schema)];
    const texts = fc.oneof(json.object, json.array, json.value);
    const found = { cut: false, uncut: false };
    fc.assert(
      fc.property(texts, (text) => {
        const { violations, total, isCut } = truncated(text);
        found[isCut ? 'cut' : 'uncut'] = true;
        expect({ violations, total }).toEqual(whole(text));
      }),
      { seed: 1, numRuns: 300 },
    );
    expect(found).toEqual({ cut: schema !== string, uncut: true });
  });

  it('is explained like the whole one, however many valid items are beyond the maximum', () => {
    const schema = array({ type: 'string', pattern: '^[a-c]{3}$' });
    const [truncated, whole] = [createTruncated(schema), createWhole(schema)];
    const unusual = fc.tuple(
      fc.nat(1500),
      fc.constantFrom('"zzz"', '"abcd"', '"\\u0061bc"', '"ab\\u007a"', '1', '[[]]'),
    );
    fc.assert(
      fc.property(fc.nat(1500), fc.array(unusual, { maxLength: 5 }), (length, others) => {
        const items = Array<string>(length).fill('"abc"');
        for (const [at, item] of others) items.splice(at, 1, item);
        const text = `[${items}]`;
        const { violations, total } = truncated(text);
        expect({ violations, total }).toEqual(whole(text));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('keeps no block of items of which all are sure to be valid', () => {
    const rules = scanRulesOf(withBody(array({ $ref: '#/components/schemas/Uuid' })), entryIn(contract), LIMIT);
    const blocksOf = (items: string[]) => {
      const { cut } = scanBytes(Buffer.from(JSON.stringify(items)), rules);
      return cut?.rest?.blocks.map(({ start, text }) => [start, text.length]);
    };

    expect(blocksOf(Array(2000).fill(UUID))).toEqual([]);
    expect(blocksOf(Array(2000).fill(UUID).with(1000, 'x'))).toEqual([[773, 256 * 39 - 36]]);
  });

  it.each([
    ['valid as it is', '{"a": "abc", "b": ["abc"]}', '{"a":"abc","b":["abc"]}', 0],
    ['violations that are listed', '{"b":[1,2,3]}', '{"b":[1,2,3]}', 4],
    ['one more', '{"b":[1,2,3,4]}', '{"b":[1,2,3]}', 5],
    ['valid items between', '{"b":[1,"abc",2,3,4,"abc",5]}', '{"b":[1,"abc",2,3]}', 7],
    ['what stands in a rejected value', '{"a":[[[1]]],"b":[{"a":1}]}', '{"a":[],"b":[{}]}', 2],
    ['what stands in an unknown property', '{"c":{"d":[1]}}', '{"c":{}}', 3],
    ['unknown properties', '{"c":1,"d":2,"e":3,"f":4,"a":"abc","g":5}', '{"c":1,"d":2,"e":3,"a":"abc"}', 6],
    ['an unknown property that comes often', '{"c":1,"c":2,"c":3,"c":4,"d":5}', '{"c":1,"d":5}', 4],
    ['a property that comes twice', '{"b":[1,2,3,4,5],"b":["abc"]}', '{"b":["abc"]}', 1],
    ['a root of a wrong type', '[{"a":1},[2]]', '[]', 1],
    ['strings that are too short', '{"b":["","a","\\u0061","ab","x","abc"]}', '{"b":["","a","a","ab"]}', 7],
    [
      'valid items up to the first that is too many',
      '{"a":"abc","b":["abc","abc","abc","abc","abc","abc","abc"]}',
      '{"a":"abc","b":["abc","abc","abc","abc","abc"]}',
      1,
    ],
    [
      'no items behind it, valid or not',
      '{"b":["a","a","abc","abc","abc","abc","a",1,"ABC"]}',
      '{"b":["a","a","abc","abc","abc"]}',
      7,
    ],
  ])('keeps %s', (_, text, left, total) => {
    expect(createTruncated(SCHEMAS['like the contract'] ?? {})(text)).toMatchObject({ left, total });
  });
});
