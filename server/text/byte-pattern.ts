// Tests a string against a simple pattern, in a JSON text before it is parsed or as a value, several times as fast as
// a regular expression.

/** A pattern of which each character is one of a set of ASCII characters, such as that of a UUID. */
export interface BytePattern {
  /** The set of each character, as one bit. */
  sets: Uint8Array;
  /** The bits of the sets that contain a byte, indexed by the byte. */
  members: Uint8Array;
}

/** A set or character, and how often it is repeated. */
const PART = /(\[[\w-]+\]|[\w-])(?:\{(\d+)\})?/gy;
const WHOLE = /^\^((?:(?:\[[\w-]+\]|[\w-])(?:\{\d+\})?)+)\$$/;

const MOST_SETS = 8;
const MOST_CHARACTERS = 1024;

/** Returns the pattern of a regular expression (ECMA-262); undefined unless it is that simple. */
export function toBytePattern(expression: string): BytePattern | undefined {
  const [, content] = WHOLE.exec(expression) ?? [];
  if (content === undefined) return undefined;
  const sources: string[] = [];
  const sets: number[] = [];
  for (const [, source = '', times = '1'] of content.matchAll(PART)) {
    if (!sources.includes(source)) sources.push(source);
    if (sources.length > MOST_SETS || sets.length + Number(times) > MOST_CHARACTERS) return undefined;
    for (let count = 0; count < Number(times); count++) sets.push(1 << sources.indexOf(source));
  }
  const members = new Uint8Array(256);
  for (const [bit, source] of sources.entries()) {
    const set = new RegExp(`^${source}$`, 'u');
    for (let byte = 0; byte < 0x80; byte++)
      if (set.test(String.fromCharCode(byte))) members[byte] = (members[byte] ?? 0) | (1 << bit);
  }
  // In the text of a string, it begins an escape. A range such as A-z contains it.
  if (members[BACKSLASH] !== 0) return undefined;
  return { sets: Uint8Array.from(sets), members };
}

/** Returns whether the string matches. */
export function matches({ sets, members }: BytePattern, text: string): boolean {
  if (text.length !== sets.length) return false;
  for (let index = 0; index < sets.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= members.length || ((members[code] ?? 0) & (sets[index] ?? 0)) === 0) return false;
  }
  return true;
}

/**
 * Returns whether the string whose opening quote is at `start` matches. Returns undefined if it does so up to its first
 * escape, which may stand for any character.
 */
export function matchesText({ sets, members }: BytePattern, bytes: Uint8Array, start: number): boolean | undefined {
  for (let index = 0; index < sets.length; index++) {
    const byte = bytes[start + 1 + index] ?? 0;
    // The closing quote is in no set either.
    if (((members[byte] ?? 0) & (sets[index] ?? 0)) === 0) return byte === BACKSLASH ? undefined : false;
  }
  return bytes[start + 1 + sets.length] === QUOTE;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
