// Keywords of strings that are left out of schemas because their patterns imply them, and faster ones.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { FORMATS } from '../../../openapi/generator/compare-strings.ts';
import { writeImpliedKeywords } from '../../../openapi/generator/write-implied-keywords.ts';
import type { Schema } from '../../../openapi/model/contract.ts';
import { removeImplied, replaceStringKeywords } from '../../../server/edge/validators/string-keywords.ts';

const UUID = contract.components.schemas.Uuid ?? {};

const withSchema = (schema: Schema) => ({ ...contract, components: { schemas: { Text: schema } } });

describe('removeImplied', () => {
  it('keeps only the pattern of a UUID', () => {
    const document = structuredClone({ properties: { id: UUID } });

    removeImplied(document);

    expect(document.properties.id).toEqual({
      description: UUID.description,
      type: 'string',
      pattern: UUID.pattern,
    });
  });

  it.each([
    ['another length', { ...UUID, minLength: 37, maxLength: 35, format: 'email' }],
    ['a pattern of another contract', { ...UUID, pattern: '^[0-9a-f-]{36}$' }],
    ['an example', { examples: [UUID], default: UUID, const: UUID, enum: [UUID], example: UUID }],
    ['properties of these names', { properties: { pattern: { type: 'string' }, format: { type: 'string' } } }],
  ])('keeps %s', (_, schema) => {
    const document = structuredClone(schema);

    removeImplied(document);

    expect(document).toEqual(schema);
  });
});

describe('replaceStringKeywords', () => {
  const fast = new Ajv({ allErrors: true });
  replaceStringKeywords(fast);
  const usual = new Ajv({ allErrors: true });

  it.each<Schema>([
    { pattern: '^[a-c]{2}-[0-9]$' },
    { pattern: '^[a-c]{2}' },
    { pattern: 'a|😀' },
    { minLength: 3 },
    { maxLength: 3 },
    { pattern: '^[a-c]{4}$', minLength: 2, maxLength: 3 },
  ])('accepts and rejects the same as the validator does: %j', (schema) => {
    const [isFast, isUsual] = [fast.compile(schema), usual.compile(schema)];
    const unit = fc.constantFrom('a', 'b', '0', '-', '😀', 'é', '\n');
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 9 }), fc.stringMatching(/^[a-c]{2,4}(-[0-9])?$/)), (text) => {
        expect(isFast(text), text).toBe(isUsual(text));
        const messages = (errors: typeof isFast.errors) => errors?.map(({ message }) => message).toSorted();
        expect(messages(isFast.errors)).toEqual(messages(isUsual.errors));
      }),
    );
  });

  it('ignores what is no string', () => {
    expect(fast.validate({ pattern: '^a$', minLength: 3, maxLength: 2 }, 5)).toBe(true);
  });

  it('rejects an invalid pattern', () => {
    expect(() => fast.compile({ pattern: '[' })).toThrow('Invalid regular expression');
  });
});

describe('writeImpliedKeywords', () => {
  it.each([
    ['lengths', { pattern: '^[a-z]{2,3}$', minLength: 2, maxLength: 3 }, ['minLength', 'maxLength']],
    ['wider lengths', { pattern: '^[a-z]{2,3}$', minLength: 1, maxLength: 4 }, ['minLength', 'maxLength']],
    ['narrower lengths', { pattern: '^[a-z]{2,3}$', minLength: 3, maxLength: 2 }, []],
    [
      'a length of characters of two code units',
      { pattern: '^😀{2}$', minLength: 2, maxLength: 2 },
      ['minLength', 'maxLength'],
    ],
    ['a pattern without an end', { pattern: '^[a-z]{2}', minLength: 2, maxLength: 2 }, ['minLength']],
    ['a pattern with a lookahead', { pattern: '^(?=a)a$', minLength: 1, maxLength: 1 }, []],
    [
      'a UUID in one letter case',
      { pattern: `^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$`, format: 'uuid' },
      ['format'],
    ],
    ['what may be no UUID', { pattern: '^[0-9a-f-]{36}$', format: 'uuid' }, []],
    ['a format that is not compared', { pattern: '^a@b[.]example$', format: 'email' }, []],
    ['keywords that are no strings', { pattern: '^a$', type: 'string', maximum: 5, const: 'a' }, []],
  ])('finds the implied keywords among %s', (_, schema, keywords) => {
    const text = writeImpliedKeywords([withSchema(schema)]);

    const listed = JSON.parse(/= (\{.*\});/s.exec(text)?.[1] ?? '')[schema.pattern] ?? [];
    expect(listed).toEqual(keywords.map((keyword) => [keyword, Reflect.get(schema, keyword)]));
  });

  it('reads the contracts of all live versions', () => {
    const text = writeImpliedKeywords([
      withSchema({ pattern: '^a$', maxLength: 1 }),
      withSchema({ pattern: '^b$', maxLength: 1 }),
    ]);

    expect(text).toContain('"^a$"');
    expect(text).toContain('"^b$"');
  });

  it('defines the formats like the validators', () => {
    const { uuid } = fullFormats;

    expect(uuid).toEqual(/^(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i);
    expect(Object.keys(FORMATS)).toEqual(['uuid']);
  });
});
