// Finds, names and escapes characters that hide or reorder text, for terminals, logs and JSON.

/** The effect of a character on the text around it. */
export type InvisibleKind = 'control character' | 'bidirectional control' | 'invisible character';

interface InvisibleCharacter {
  kind: InvisibleKind;
  /** The code point with its name, `U+200B ZERO WIDTH SPACE`, or without it if the character is rare. */
  name: string;
}

/**
 * Control and format characters, line and paragraph separators, everything that Unicode calls default ignorable
 * (zero-width characters, fillers, variation selectors, tags), the code points that never become characters, such as
 * U+FFFF, and three characters of other categories without a glyph. Number signs such as U+06DD are format characters
 * with a glyph.
 */
const IGNORABLE =
  '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}\\u2800\\ufffc\\u{1d159}]';
const NUMBER_SIGNS = '[\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}]';
const INVISIBLE = new RegExp(`[${IGNORABLE}--${NUMBER_SIGNS}]`, 'v');

/** Matches visible ASCII, as a fast path: most logged text is. */
const ASCII = /^[ -~]*$/;

/** Scripts whose words contain U+200C and U+200D, for languages such as Persian, Hindi and Sinhala. */
const JOINED_SCRIPTS = 'Arab Syrc Nkoo Adlm Mong Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr'.split(
  ' ',
);
const JOINED = `[[\\p{L}\\p{M}]&&[${JOINED_SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]]`;

/** Characters after which a joiner may end a word (RFC 5892, appendix A.1 and A.2), as in older Malayalam text. */
const VIRAMA = '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u103a\\u17d2]';

const PICTOGRAPH = '\\p{Extended_Pictographic}[\\ufe0e\\ufe0f\\p{Emoji_Modifier}]?';

/** Sequences in which an invisible character affects visible text. */
const VISIBLE_SEQUENCES = [
  `(?<=${JOINED})[\\u200c\\u200d](?=${JOINED})`,
  `(?<=${VIRAMA})[\\u200c\\u200d]`,
  // Emoji: flags that are spelled with tags, joined pictographs, keycaps (UTS #51).
  '\\p{RGI_Emoji_Tag_Sequence}',
  `${PICTOGRAPH}(?:\\u200d${PICTOGRAPH})*`,
  '[0-9#*]\\ufe0f\\u20e3',
  // Variants of ideographs, as in Japanese names (UTS #37), and of Mongolian letters.
  '(?<=[\\p{Ideographic}&&\\p{sc=Hani}])[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=\\p{sc=Mong})[\\u180b-\\u180d\\u180f]',
  '(?<=\\p{sc=Mong})\\u180e(?=\\p{sc=Mong})',
].join('|');

const VISIBLE_SEQUENCE = new RegExp(VISIBLE_SEQUENCES, 'gv');

/** Matches either a visible sequence, or an invisible character in group 1. */
const SEQUENCE_OR_INVISIBLE = new RegExp(`${VISIBLE_SEQUENCES}|(${INVISIBLE.source})`, 'gv');

/**
 * Finds the first character that hides or reorders text. Joiners and variation selectors count only outside visible
 * sequences.
 */
export function findInvisible(text: string): InvisibleCharacter | undefined {
  if (!INVISIBLE.test(text)) return undefined;
  const [found] = INVISIBLE.exec(text.replace(VISIBLE_SEQUENCE, '')) ?? [];
  return found === undefined ? undefined : describe(found);
}

/**
 * Escapes each of those characters as in JSON, for example `\u202e`. Then text from a client or a file can neither hide
 * parts of a message nor move the cursor of a terminal, and JSON keeps its meaning.
 */
export function escapeInvisible(text: string): string {
  if (ASCII.test(text) || findInvisible(text) === undefined) return text;
  return text.replace(SEQUENCE_OR_INVISIBLE, (match, found?: string) =>
    found === undefined ? match : toEscape(found),
  );
}

/** Like `escapeInvisible`, for a message of several lines, which keeps its line breaks. */
export function escapeLines(message: string): string {
  return message.split('\n').map(escapeInvisible).join('\n');
}

/** Escapes line breaks in a message that come from these arguments, so that none can forge a line of output. */
export function escapeArguments(message: string, argv: readonly string[]): string {
  return argv
    .filter((argument) => argument.includes('\n'))
    .reduce((text, argument) => text.replaceAll(argument, escapeInvisible(argument)), message);
}

/** The maximum number of UTF-16 code units in a quotation. */
const QUOTE_LIMIT = 60;

/**
 * Quotes a value from a client or a file for a message: in quotation marks, truncated to 60 characters, and with
 * invisible characters escaped.
 */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const shown = text.length > QUOTE_LIMIT ? `${text.slice(0, QUOTE_LIMIT).replace(/\p{Cs}$/u, '')}…` : text;
  return quoteWhole(shown);
}

/** Like `quote`, but without truncation. */
export function quoteWhole(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

function toEscape(character: string): string {
  let escaped = '';
  for (let at = 0; at < character.length; at += 1)
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return escaped;
}

function describe(character: string): InvisibleCharacter {
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { kind: kindOf(character), name: [`U+${point}`, NAMES[point]].filter(Boolean).join(' ') };
}

function kindOf(character: string): InvisibleKind {
  if (/\p{Bidi_Control}/v.test(character)) return 'bidirectional control';
  return /\p{Cc}/v.test(character) ? 'control character' : 'invisible character';
}

/** The names of characters that occur in practice: https://www.unicode.org/Public/UNIDATA/UnicodeData.txt. */
const NAMES: Record<string, string> = {
  '00AD': 'SOFT HYPHEN',
  '034F': 'COMBINING GRAPHEME JOINER',
  '061C': 'ARABIC LETTER MARK',
  '115F': 'HANGUL CHOSEONG FILLER',
  '1160': 'HANGUL JUNGSEONG FILLER',
  '180E': 'MONGOLIAN VOWEL SEPARATOR',
  '200B': 'ZERO WIDTH SPACE',
  '200C': 'ZERO WIDTH NON-JOINER',
  '200D': 'ZERO WIDTH JOINER',
  '200E': 'LEFT-TO-RIGHT MARK',
  '200F': 'RIGHT-TO-LEFT MARK',
  '2028': 'LINE SEPARATOR',
  '2029': 'PARAGRAPH SEPARATOR',
  '202A': 'LEFT-TO-RIGHT EMBEDDING',
  '202B': 'RIGHT-TO-LEFT EMBEDDING',
  '202C': 'POP DIRECTIONAL FORMATTING',
  '202D': 'LEFT-TO-RIGHT OVERRIDE',
  '202E': 'RIGHT-TO-LEFT OVERRIDE',
  '2060': 'WORD JOINER',
  '2061': 'FUNCTION APPLICATION',
  '2062': 'INVISIBLE TIMES',
  '2063': 'INVISIBLE SEPARATOR',
  '2064': 'INVISIBLE PLUS',
  '2066': 'LEFT-TO-RIGHT ISOLATE',
  '2067': 'RIGHT-TO-LEFT ISOLATE',
  '2068': 'FIRST STRONG ISOLATE',
  '2069': 'POP DIRECTIONAL ISOLATE',
  '2800': 'BRAILLE PATTERN BLANK',
  '3164': 'HANGUL FILLER',
  FE0E: 'VARIATION SELECTOR-15',
  FE0F: 'VARIATION SELECTOR-16',
  FEFF: 'ZERO WIDTH NO-BREAK SPACE',
  FFA0: 'HALFWIDTH HANGUL FILLER',
  FFFC: 'OBJECT REPLACEMENT CHARACTER',
  E0001: 'LANGUAGE TAG',
  E007F: 'CANCEL TAG',
};
