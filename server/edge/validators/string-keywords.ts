// Makes string keywords fast to validate, because a body may have 10,000 strings.
import { impliedKeywords } from '../../../generated/implied-keywords.ts';
import type { Schema } from '../../../openapi/model/contract.ts';
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

/** The part of an ajv instance that is changed. Every version of ajv has it. */
interface Keywords {
  removeKeyword(keyword: string): unknown;
  addKeyword(definition: {
    keyword: string;
    type: 'string';
    schemaType: 'number';
    compile: (limit: number) => (text: string) => boolean;
    errors: false;
    error: { message: (context: { schema: number }) => string };
  }): unknown;
}

/**
 * Replaces the length keywords of ajv, which count the characters of each string one by one, and before the pattern is
 * tested. That took two fifths of the time for members that are almost UUIDs, and two thirds for the details of a
 * response.
 */
export function checkLengthsLast(ajv: Keywords): void {
  const lengths = { minLength: [isAtLeast, 'fewer'], maxLength: [isAtMost, 'more'] } as const;
  for (const [keyword, [isValid, word]] of Object.entries(lengths)) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword({
      keyword,
      type: 'string',
      schemaType: 'number',
      compile: (limit) => (text) => isValid(text, limit),
      errors: false,
      error: { message: ({ schema }) => `must NOT have ${word} than ${schema} characters` },
    });
  }
}

const isAtLeast = (text: string, characters: number) =>
  text.length >= characters && (text.length >= 2 * characters || countCharacters(text) >= characters);
const isAtMost = (text: string, characters: number) =>
  text.length <= characters || (text.length <= 2 * characters && countCharacters(text) <= characters);
