// Alternatives, and the values that several of them allow; what clients expect beside them; the same value in an enum.
import { describe, expect, it } from 'vitest';
import { compareContracts } from '../../../openapi/breaking-changes/compare/compare-contracts.ts';

type Position = 'request' | 'response';

/** A contract that has the schema in a request or in a response. */
function contractOf(schema: object, position: Position): object {
  const body = { description: 'A body.', content: { 'application/json': { schema } } };
  const operation = position === 'request' ? { requestBody: body, responses: {} } : { responses: { 200: body } };
  return { openapi: '3.1.1', info: { title: 'Choices', version: '1' }, paths: { '/values': { post: operation } } };
}

/** The messages of breaking changes. */
function findBreaking(before: object, after: object, position: Position): string[] {
  const changes = compareContracts(contractOf(before, position), contractOf(after, position));
  return changes.filter(({ effect }) => effect === 'breaking').map(({ message }) => message);
}

const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  ...{ type: 'object', additionalProperties: false, required, properties },
});
const [STRING, INTEGER] = [{ type: 'string' }, { type: 'integer' }];
const A = object({ a: STRING });
const within = (schema: object) => ({ oneOf: [object({ b: schema }), { type: 'null' }] });

describe('values that fit several alternatives of oneOf', () => {
  it.each<[string, narrow: object[], wide: object[]]>([
    ['a property', [object({ a: INTEGER }), A], [object({ a: { type: ['integer', 'string'] } }), A]],
    ['a number', [{ type: 'integer', maximum: 0 }, INTEGER], [{ type: 'integer', maximum: 1 }, INTEGER]],
    [
      'a pattern',
      [{ ...STRING, pattern: '^a' }, { pattern: '^b' }],
      [{ ...STRING, pattern: '^[ab]' }, { pattern: '^b' }],
    ],
    ['an optional property', [object({ a: STRING, b: STRING }), A], [object({ a: STRING, b: STRING }, ['a']), A]],
    [
      'a size',
      [
        { type: 'array', minItems: 2 },
        { type: 'array', maxItems: 1 },
      ],
      [{ type: 'array' }, { maxItems: 1 }],
    ],
  ])('become invalid in requests, and possible in responses: %s', (_, narrow, wide) => {
    for (const wrap of [(each: object) => each, within]) {
      const [one, other] = [wrap({ oneOf: narrow }), wrap({ oneOf: wide })];
      expect(findBreaking(one, other, 'request')).toEqual([
        'Values that fit the alternatives 0 and 1 of `oneOf` are not allowed: requests that were valid are rejected.',
      ]);
      expect(findBreaking(other, one, 'response')).toContain(
        'Values that fit the alternatives 0 and 1 of `oneOf` are allowed: clients may get what they do not expect.',
      );
    }
  });

  it.each<[string, before: object[], after: object[]]>([
    [
      'they were none before',
      [object({ a: STRING }), object({ b: STRING })],
      [object({ a: {} }), object({ b: STRING })],
    ],
    [
      'a property tells alternatives apart',
      [object({ kind: { const: 1 } }), object({ kind: { const: 2 } })],
      [object({ kind: { const: 1 }, a: STRING }, ['kind']), object({ kind: { const: 2 } })],
    ],
    [
      'patterns exclude one another',
      [
        { ...STRING, pattern: '^a' },
        { ...STRING, pattern: '^b' },
      ],
      [
        { ...STRING, pattern: '^a' },
        { ...STRING, pattern: '^[bc]' },
      ],
    ],
    [
      'they were invalid before',
      [INTEGER, { type: 'integer', minimum: 5 }],
      [INTEGER, { type: 'integer', minimum: 6 }],
    ],
    [
      'they are further values',
      [{ type: 'integer', maximum: 0 }, STRING],
      [{ type: 'integer', maximum: 9 }, STRING, { type: 'integer', minimum: 5 }],
    ],
  ])('are no change of requests where %s', (_, before, after) => {
    expect(findBreaking({ oneOf: before }, { oneOf: after }, 'request')).toEqual([]);
  });

  it('are compared in a schema that contains itself', () => {
    const tree = (leaf: object) => ({
      ...contractOf({ $ref: '#/components/schemas/Tree' }, 'request'),
      components: {
        schemas: {
          Tree: { oneOf: [leaf, object({ items: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } })] },
        },
      },
    });

    const breaking = (before: object, after: object) =>
      compareContracts(tree(before), tree(after)).filter(({ effect }) => effect === 'breaking');

    expect(breaking(INTEGER, { type: 'number' })).toEqual([]);
    expect(breaking({ type: 'object', required: ['a'] }, { type: 'object' })).toMatchObject([
      { pointer: '/components/schemas/Tree/oneOf' },
    ]);
  });
});

describe('a schema whose alternatives are extensible', () => {
  const extensible = (keyword: string, alternatives: object[], beside = {}) => ({
    ...beside,
    [keyword]: alternatives,
    'x-extensible': true,
  });
  const B = object({ b: STRING });

  describe.each(['oneOf', 'anyOf'])('%s', (keyword) => {
    it.each<[string, before: object, after: object]>([
      ['one object', extensible(keyword, [A]), extensible(keyword, [A, B])],
      ['objects', extensible(keyword, [A, B]), extensible(keyword, [A, B, object({ c: STRING })])],
      [
        'a type beside it',
        extensible(keyword, [A], { type: 'object' }),
        extensible(keyword, [A, B], { type: 'object' }),
      ],
      [
        'texts of a length',
        extensible(keyword, [{ pattern: '^a' }, { pattern: '^b' }], { ...STRING, maxLength: 5 }),
        extensible(keyword, [{ pattern: '^a' }, { pattern: '^b' }, { pattern: '^c' }], { ...STRING, maxLength: 5 }),
      ],
    ])('may get another one: %s', (_, before, after) => {
      expect(findBreaking(before, after, 'response')).toEqual([]);
    });

    it.each<[string, before: object, after: object]>([
      ['the only one has', extensible(keyword, [A]), extensible(keyword, [A, STRING])],
      ['two have', extensible(keyword, [A, B]), extensible(keyword, [A, B, STRING])],
      ['stands beside it', extensible(keyword, [A], { type: 'object' }), extensible(keyword, [A, STRING])],
    ])('cannot get one of a type other than %s', (_, before, after) => {
      expect(findBreaking(before, after, 'response')).toEqual([
        expect.stringMatching(/can be the new alternative .*: clients may get what they do not expect\.$/),
      ]);
    });

    it('cannot get one that is longer than it allows', () => {
      const texts = [
        { pattern: '^a', maxLength: 5 },
        { pattern: '^b', maxLength: 5 },
      ];
      const before = extensible(keyword, texts, { ...STRING, maxLength: 5 });
      const after = extensible(keyword, [...texts, { pattern: '^c' }], STRING);
      expect(findBreaking(before, after, 'response')).toHaveLength(1);
    });
  });

  it('cannot get longer texts than the schema of an enum allows', () => {
    const before = { ...STRING, maxLength: 5, enum: ['a'], 'x-extensible': true };
    const { enum: _, maxLength, ...any } = before;

    expect(findBreaking(before, { ...any, maxLength }, 'response')).toEqual([]);
    expect(findBreaking(before, any, 'response')).toHaveLength(1);
  });
});

describe('an object among the values of a schema', () => {
  it.each<[string, before: object, after: object]>([
    ['an enum', { enum: [{ a: 1, b: [{ c: 1, d: 2 }] }] }, { enum: [{ b: [{ d: 2, c: 1 }], a: 1 }] }],
    ['a const', { const: { a: 1, b: 2 } }, { const: { b: 2, a: 1 } }],
    ['a schema that is not looked into', { not: { const: { a: 1, b: 2 } } }, { not: { const: { b: 2, a: 1 } } }],
    [
      'a default',
      { type: 'object', properties: { a: { default: { a: 1, b: 2 } } } },
      { type: 'object', properties: { a: { default: { b: 2, a: 1 } } } },
    ],
  ])('is the same in another order of its properties: %s', (_, before, after) => {
    for (const position of ['request', 'response'] as const)
      expect(compareContracts(contractOf(before, position), contractOf(after, position))).toEqual([]);
  });

  it('must have the properties and items that a schema requires', () => {
    expect(findBreaking({ const: { a: [1] } }, object({ a: { items: INTEGER } }), 'request')).toEqual([]);
    for (const other of [object({ b: {} }), object({ a: { items: STRING } }), object({ a: {}, b: {} })])
      expect(findBreaking({ const: { a: [1] } }, other, 'request')).toHaveLength(1);
  });
});

describe('a required property that has no schema', () => {
  it('breaks responses when it gets one and becomes optional', () => {
    const after = { type: 'object', properties: { a: INTEGER } };
    expect(findBreaking({ type: 'object', required: ['a'] }, after, 'response')).toEqual([
      'The property `a` of responses is no longer required: clients may get what they do not expect.',
    ]);
  });
});
