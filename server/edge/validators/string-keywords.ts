// Makes string keywords fast to validate, because a body may have 10,000 strings.
import type { Ajv2020 as Ajv, KeywordCxt } from 'ajv/dist/2020.js';
import { impliedKeywords } from '../../../generated/implied-keywords.ts';
import type { Schema } from '../../../openapi/model/contract.ts';
import { matches, toBytePattern } from '../../text/byte-pattern.ts';
import { countCharacters } from '../../text/count-characters.ts';

/** Keywords whose values are data, not schemas. */
const DATA_KEYWORDS = new Set(['example', 'examples', 'default', 'const', 'enum']);

/**
 * Removes keywords that are implied by the pattern beside them, in place: a string that matches the pattern of a UUID
 * also has its format and its length.
 */
export function removeImplied(document: object): void {
  for (const [key, value] of Object.entries(document))
    if (typeof value === 'object' && value !== null && !DATA_KEYWORDS.has(key)) removeImplied(value);
  const schema: Schema = { ...document };
  const implied = typeof schema.pattern === 'string' ? (impliedKeywords[schema.pattern] ?? []) : [];
  for (const [keyword, value] of implied) if (schema[keyword] === value) Reflect.deleteProperty(document, keyword);
}

/** Copies a schema without implied keywords: testing the format of 26,000 UUIDs too took a fifth of the request. */
export function withoutImplied<T extends object>(document: T): T {
  const copy = structuredClone(document);
  removeImplied(copy);
  return copy;
}

type Test = (text: string) => boolean;

/**
 * Replaces the keywords of ajv for patterns and lengths by faster ones, which are tested in this order. The compiled
 * schema calls each test with the string alone: with the context of a usual keyword, 10,000 strings took 1 MB.
 */
export function replaceStringKeywords(ajv: Ajv): void {
  // Of the instance, because it may come from another copy of ajv. The class is what its module exports.
  const { _ } = ajv.constructor as unknown as Pick<typeof import('ajv/dist/2020.js'), '_'>;
  const replace = <T>(keyword: string, schemaType: 'number' | 'string', toTest: (value: T) => Test, must: string) => {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      type: 'string',
      schemaType,
      code(context: KeywordCxt) {
        const test = context.gen.scopeValue('func', { ref: toTest(context.schema) });
        context.pass(_`${test}(${context.data})`);
      },
      error: { message: ({ schema }) => must.replace('VALUE', () => String(schema)) },
    });
  };
  replace('pattern', 'string', compilePattern, 'must match pattern "VALUE"');
  replace('minLength', 'number', isAtLeast, 'must NOT have fewer than VALUE characters');
  replace('maxLength', 'number', isAtMost, 'must NOT have more than VALUE characters');
}

/** Testing the pattern of a UUID takes a third of the time of its regular expression. */
function compilePattern(expression: string): Test {
  const simple = toBytePattern(expression);
  if (simple) return (text) => matches(simple, text);
  const regular = new RegExp(expression, 'u');
  return (text) => regular.test(text);
}

// ajv counts the characters of each string one by one, and before it tests the pattern. That took two fifths of the
// time for members that are almost UUIDs, and two thirds for the details of a response.
const isAtLeast =
  (characters: number): Test =>
  (text) =>
    text.length >= characters && (text.length >= 2 * characters || countCharacters(text) >= characters);
const isAtMost =
  (characters: number): Test =>
  (text) =>
    text.length <= characters || (text.length <= 2 * characters && countCharacters(text) <= characters);
