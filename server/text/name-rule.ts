// The rule for names that people choose: of customers, of accounts.
import { findInvisible, quote } from './invisible.ts';

/** Unicode code points. */
const NAME_LIMIT = 255;

/**
 * Says in one sentence why a value cannot be a name, or gives undefined if it can. A name has 1 to 255 characters, at
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
  // Bytes that are not UTF-8 were read as U+FFFD.
  if (name.includes('\ufffd') || !name.isWellFormed()) return `The name ${quote(name)} is not proper UTF-8.`;
  return undefined;
}

/** A space of another width or kind than the one on keyboards. */
const OTHER_SPACE = /[[\p{Zs}]--[ ]]/v;

/**
 * The same for a name that is typed here, and has to be typed again: of an account, or a label. It also has no space at
 * its ends, no other than the ordinary space, and its letters in the composed form, NFC, so that what looks the same is
 * the same. `noun` is what the message calls it.
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

/** The form of the IDs of accounts. */
export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The same for a new name of an account. It must not be taken for the ID of another one. */
export function accountNameViolation(name: string): string | undefined {
  const violation = typedNameViolation(name, 'name');
  if (violation !== undefined) return violation;
  if (UUID.test(name)) return `The name ${quote(name)} has the form of an ID, and so could be taken for one.`;
  return undefined;
}

function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
