// Makes string keywords fast to validate, because a body may have 10,000 strings.
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

/** The part of an ajv instance that is changed. Every version of ajv has it. */
interface Keywords {
  removeKeyword(keyword: string): unknown;
  addKeyword<T>(definition: {
    keyword: string;
    type: 'string';
    schemaType: 'number' | 'string';
    compile: (value: T) => Test;
    errors: false;
    error: { message: (context: { schema: T }) => string };
  }): unknown;
}

/** Replaces the keywords of ajv for patterns and lengths by faster ones, which are tested in this order. */
export function replaceStringKeywords(ajv: Keywords): void {
  for (const keyword of ['pattern', 'minLength', 'maxLength']) ajv.removeKeyword(keyword);
  const common = { type: 'string', errors: false } as const;
  ajv.addKeyword({
    ...common,
    keyword: 'pattern',
    schemaType: 'string',
    compile: compilePattern,
    error: { message: ({ schema }) => `must match pattern "${schema}"` },
  });
  ajv.addKeyword({
    ...common,
    keyword: 'minLength',
    schemaType: 'number',
    compile: isAtLeast,
    error: { message: ({ schema }) => `must NOT have fewer than ${schema} characters` },
  });
  ajv.addKeyword({
    ...common,
    keyword: 'maxLength',
    schemaType: 'number',
    compile: isAtMost,
    error: { message: ({ schema }) => `must NOT have more than ${schema} characters` },
  });
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
