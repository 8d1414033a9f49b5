// The rules for names of customers and accounts.
import { findInvisible, quote } from './invisible.ts';
import { UUID } from './uuid.ts';

/** The maximum length in Unicode code points. */
const NAME_LIMIT = 255;

/**
 * Returns a sentence that says why a value cannot be a name, or undefined if it can. A name has 1 to 255 characters, at
 * least one of them visible, and none that hides or reorders text: two names that look the same must not differ, and no
 * name may change how the text around it is read.
 */
export function nameViolation(name: unknown): string | undefined {
  if (name === undefined || name === null || name === '') return 'The name is missing.';
  if (typeof name !== 'string') return `The name ${quote(name)} is not text.`;
  if (name.trim() === '') return 'The name is blank.';
  if (name.length > NAME_LIMIT && [...name].length > NAME_LIMIT)
    return `The name has ${[...name].length.toLocaleString('en')} characters; at most ${NAME_LIMIT} are allowed.`;
  const invisible = findInvisible(name);
  if (invisible) return `The name ${quote(name)} contains the ${invisible.kind} ${invisible.name}.`;
  // Invalid UTF-8 was decoded as U+FFFD.
  if (name.includes('\ufffd') || !name.isWellFormed()) return `The name ${quote(name)} is not proper UTF-8.`;
  return undefined;
}

/** Matches any space other than the ordinary one. */
const OTHER_SPACE = /[[\p{Zs}]--[ ]]/v;

/**
 * Like `nameViolation`, for a name that is typed on a command line: that of an account, or a label. Such a name also
 * has no spaces at its ends, only ordinary spaces, and composed letters (NFC), so that names that look the same are the
 * same. `noun` is the word for it in the message.
 */
export function typedNameViolation(name: string, noun: string): string | undefined {
  const violation = nameViolation(name)?.replace(/^The name/, `The ${noun}`);
  if (violation !== undefined) return violation;
  if (name !== name.trim()) return `The ${noun} ${quote(name)} begins or ends with a space.`;
  const [space] = OTHER_SPACE.exec(name) ?? [];
  if (space !== undefined)
    return `The ${noun} ${quote(name)} has the space U+${codePoint(space)}, which looks like an ordinary one.`;
  const composed = name.normalize('NFC');
  if (name !== composed)
    return `The ${noun} ${quote(name)} has letters with separate accents. Write it as ${quote(composed)} (NFC).`;
  return undefined;
}

/** Like `typedNameViolation`, for the name of a new account, which must not look like the ID of another one. */
export function accountNameViolation(name: string): string | undefined {
  const violation = typedNameViolation(name, 'name');
  if (violation !== undefined) return violation;
  if (UUID.test(name)) return `The name ${quote(name)} has the form of an ID, and so could be taken for one.`;
  return undefined;
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
