// Strings that may violate one constraint of a schema.
import type { Located } from '../schema.ts';
import { toLength } from '../valid-values.ts';
import type { Candidate } from './candidate.ts';

export function stringViolations({ schema, pointer }: Located, valid: readonly string[]): Candidate[] {
  const corrupted = valid.slice(0, 1).flatMap(corrupt);
  const candidates = (keyword: string, values: string[]) =>
    schema[keyword] === undefined
      ? []
      : values.map((value) => ({
          value,
          label: value.length > 80 ? `a string of ${[...value].length} characters` : JSON.stringify(value),
          keyword,
          pointer: `${pointer}/${keyword}`,
        }));
  const lengths = (limit: unknown, ...steps: number[]) =>
    typeof limit === 'number'
      ? valid.flatMap((value) =>
          steps.map((step) => limit + step).flatMap((length) => (length < 0 ? [] : [toLength(value, length)])),
        )
      : [];
  return [
    ...candidates('enum', [
      ...valid.flatMap((value) => [value.toUpperCase(), value.toLowerCase(), `${value}x`]),
      'x',
      '',
    ]),
    ...candidates('enum', corrupted),
    ...candidates('const', corrupted),
    ...candidates('format', corrupted),
    ...candidates('pattern', [...corrupted, '']),
    ...candidates('pattern', valid.slice(0, 1).flatMap(alternativeForms)).map((each) => ({
      ...each,
      alternativeForm: true,
    })),
    ...candidates('minLength', [...lengths(schema.minLength, -1), '']),
    ...candidates('maxLength', lengths(schema.maxLength, 1, 2, 100)),
  ];
}

/** Ordinary invalid characters, control characters, and non-ASCII digits that some regular expressions accept. */
const INVALID_CHARACTERS = ['g', 'z', '_', ' ', '!', 'é', '\u0660', '\uff11', '\u0000', '\n', '😀'];

/** Variants of the text with one character replaced, removed or added. */
function corrupt(text: string): string[] {
  const last = text.length - 1;
  const marks = [...text.matchAll(/[^0-9A-Za-z]/g)].map(({ index }) => index);
  const locations = [...new Set([0, last >> 1, last, ...marks])].filter((index) => index >= 0);
  const replaced = locations.flatMap((index) =>
    INVALID_CHARACTERS.map((character) => text.slice(0, index) + character + text.slice(index + 1)),
  );
  return [
    ...replaced,
    ...locations.map((index) => text.slice(0, index) + text.slice(index + 1)),
    `${text}-`,
    `${text}0`,
  ];
}

/** The same value in notations that other programs use. */
function alternativeForms(text: string): string[] {
  return [`${text}\n`, ` ${text}`, `${text} `, `{${text}}`, `"${text}"`, `urn:uuid:${text}`, text.replaceAll('-', '')];
}
