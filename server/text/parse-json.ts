// Parses JSON without a defect of V8.

/**
 * Returns the value of a JSON text, like JSON.parse. From version 12.8 on, V8 may read a name with an escape as one
 * that an earlier object had: after `{"a":1,"\\":1}`, the name `"\n"` behind `"a"` becomes a backslash, in any text
 * (https://issues.chromium.org/issues/521080746, https://github.com/nodejs/node/issues/63785). So JSON.parse gets no
 * such name here. The text must be well-formed, as decoded UTF-8 is. `hasEscapedName`: false if the text is known to
 * have none. Throws a SyntaxError, whose position may differ.
 */
export function parseJson(text: string, hasEscapedName = text.includes('\\')): unknown {
  const rewritten = hasEscapedName ? rewriteNames(text) : undefined;
  return rewritten ? parseRewritten(rewritten) : JSON.parse(text);
}

/** A JSON text without names with escapes. */
export interface Rewritten {
  text: string;
  /** The names that cannot be written without escapes. The text has their numbers instead. */
  hidden: string[];
}

/**
 * Returns what to parse instead of a text, which may be in UTF-8; undefined if no name has an escape. Throws a
 * SyntaxError, like `parseJson`.
 */
export function rewriteNames(text: string | Buffer): Rewritten | undefined {
  const escaped = findEscapedNames(typeof text === 'string' ? toBytes(text) : text);
  if (escaped.length === 0) return undefined;
  const slice = (start: number, end?: number) =>
    typeof text === 'string' ? text.slice(start, end) : text.toString('utf8', start, end);
  const hidden: string[] = [];
  let rewritten = '';
  let from = 0;
  for (const { start, end } of escaped) {
    const name: string = JSON.parse(slice(start, end));
    const plain = NEEDS_ESCAPE.test(name) ? `${MARK}${hidden.push(name) - 1}` : name;
    rewritten += `${slice(from, start)}"${plain}"`;
    from = end;
  }
  return { text: rewritten + slice(from), hidden };
}

/**
 * Returns a byte for each UTF-16 code unit of a text, the same one for all beyond ASCII. V8 reads bytes two to four
 * times as fast as characters, once it has seen strings of several kinds.
 */
function toBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = Math.min(text.charCodeAt(at), BEYOND_ASCII);
  return bytes;
}

const BEYOND_ASCII = 0x80;

/** Returns the value of the original text. */
export function parseRewritten({ text, hidden }: Rewritten): unknown {
  const value: unknown = JSON.parse(text);
  return hidden.length === 0 ? value : restore(value, hidden);
}

/** Begins what stands for a name that cannot be written without an escape. Half of a pair is in no well-formed text. */
const MARK = '\ud800';

/** Finds characters that a string of JSON in UTF-8 has only as escapes: RFC 8259, section 7, and lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they need an escape.
export const NEEDS_ESCAPE = /["\\\u0000-\u001f\p{Surrogate}]/u;

/** Returns the offsets of the names with an escape, with their quotes, in linear time: 1.5 ms for 1 MiB of escapes. */
function findEscapedNames(text: Uint8Array): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let backslash = text.indexOf(BACKSLASH);
  let at = 0;
  while (backslash !== -1) {
    const start = text.indexOf(QUOTE, at);
    let close = start === -1 ? -1 : text.indexOf(QUOTE, start + 1);
    // The text ends within a string, so it is not JSON.
    if (close === -1) break;
    const isEscaped = backslash < close;
    if (isEscaped) {
      close = endOfString(text, backslash);
      backslash = text.indexOf(BACKSLASH, close);
    }
    at = close + 1;
    if (isEscaped && isBeforeColon(text, at)) found.push({ start, end: at });
  }
  return found;
}

/** Returns the offset of the closing quote, or an offset behind the text. */
function endOfString(text: Uint8Array, offset: number): number {
  let at = offset;
  while (at < text.length && text[at] !== QUOTE) at = skipPart(text, at);
  return at;
}

/**
 * The maximum number of bytes that `skipPart` skips. A call that lasts long runs code that V8 has made for the rest of
 * this call, which takes twice as long.
 */
const PART = 1024;

/** Skips bytes of a string, until its closing quote or until enough are skipped. */
function skipPart(text: Uint8Array, offset: number): number {
  const end = Math.min(offset + PART, text.length);
  let at = offset;
  while (at < end && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Only the name of a property is followed by a colon. */
function isBeforeColon(text: Uint8Array, offset: number): boolean {
  let at = offset;
  while (SPACE.includes(text[at] ?? 0)) at++;
  return text[at] === COLON;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** Tab, line feed, carriage return and space. */
const SPACE = [0x09, 0x0a, 0x0d, 0x20];

/** Puts the hidden names back, without recursion. */
function restore(root: unknown, hidden: readonly string[]): unknown {
  const pending: object[] = [];
  const restored = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const object = Array.isArray(value) || !hasMark(value) ? value : withNames(value, hidden);
    pending.push(object);
    return object;
  };
  const result = restored(root);
  for (let container = pending.pop(); container; container = pending.pop()) {
    if (Array.isArray(container)) {
      for (let index = 0; index < container.length; index++) container[index] = restored(container[index]);
    } else {
      // Defined, because assigning to the name `__proto__` would set the prototype.
      for (const [name, value] of Object.entries(container))
        Object.defineProperty(container, name, { value: restored(value) });
    }
  }
  return result;
}

const hasMark = (object: object) => Object.keys(object).some((name) => name.startsWith(MARK));

/** Of two properties with the same name, the last one counts, as in JSON.parse. */
function withNames(object: object, hidden: readonly string[]): object {
  const toName = (name: string) => (name.startsWith(MARK) ? (hidden[Number(name.slice(MARK.length))] ?? name) : name);
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [toName(name), value]));
}
