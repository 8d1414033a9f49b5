// Keywords that are left out of schemas because their patterns imply them.
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { FORMATS } from '../../../openapi/generator/compare-strings.ts';
import { writeImpliedKeywords } from '../../../openapi/generator/write-implied-keywords.ts';
import type { Schema } from '../../../openapi/model/contract.ts';
import { removeImplied } from '../../../server/edge/validators/string-keywords.ts';

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
