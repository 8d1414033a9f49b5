// Parses JSON without a defect of V8.

/**
 * Returns the value of a JSON text, like JSON.parse. From version 12.8 on, V8 may read a name with an escape as one
 * that an earlier object had: after `{"a":1,"\\":1}`, the name `"\n"` behind `"a"` becomes a backslash, in any text
 * (https://issues.chromium.org/issues/521080746, https://github.com/nodejs/node/issues/63785). So JSON.parse gets no
 * such name here. The text must be well-formed, as decoded UTF-8 is. `hasEscapedName`: false if the text is known to
 * have none. Throws a SyntaxError, whose position may differ.
 */
export function parseJson(text: string, hasEscapedName = true): unknown {
  const rewritten = hasEscapedName ? rewriteNames(text) : undefined;
  return rewritten ? parseRewritten(rewritten) : JSON.parse(text);
}

/** A JSON text without names with escapes. */
export interface Rewritten {
  text: string;
  /** The names that cannot be written without escapes. The text has their numbers instead. */
  hidden: string[];
}

/** Returns the text to parse instead; undefined if no name has an escape. Throws a SyntaxError, like `parseJson`. */
export function rewriteNames(text: string): Rewritten | undefined {
  const escaped = findEscapedNames(text);
  if (escaped.length === 0) return undefined;
  const hidden: string[] = [];
  let rewritten = '';
  let from = 0;
  for (const { start, end } of escaped) {
    const name: string = JSON.parse(text.slice(start, end));
    const plain = NEEDS_ESCAPE.test(name) ? `${MARK}${hidden.push(name) - 1}` : name;
    rewritten += `${text.slice(from, start)}"${plain}"`;
    from = end;
  }
  return { text: rewritten + text.slice(from), hidden };
}

/** Returns the value of the original text. */
export function parseRewritten({ text, hidden }: Rewritten): unknown {
  const value: unknown = JSON.parse(text);
  return hidden.length === 0 ? value : restore(value, hidden);
}

/** Begins what stands for a name that cannot be written without an escape. Half of a pair is in no well-formed text. */
const MARK = '\ud800';

/** The characters that a string of JSON in UTF-8 has only as escapes: RFC 8259, section 7, and lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they need an escape.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\p{Surrogate}]/u;

/** Returns the offsets of the names with an escape, with their quotes. Takes linear time: 1 ms for 1 MiB of escapes. */
function findEscapedNames(text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let backslash = text.indexOf('\\');
  let at = 0;
  while (backslash !== -1) {
    const start = text.indexOf('"', at);
    let close = start === -1 ? -1 : text.indexOf('"', start + 1);
    // The text ends within a string, so it is not JSON.
    if (close === -1) break;
    const isEscaped = backslash < close;
    if (isEscaped) {
      close = endOfString(text, backslash);
      backslash = text.indexOf('\\', close);
    }
    at = close + 1;
    if (isEscaped && isBeforeColon(text, at)) found.push({ start, end: at });
  }
  return found;
}

/** Returns the offset of the closing quote, or that of the end of the text. */
function endOfString(text: string, offset: number): number {
  for (let at = offset; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Only the name of a property is followed by a colon. */
function isBeforeColon(text: string, offset: number): boolean {
  let at = offset;
  while (SPACE.has(text.charAt(at))) at++;
  return text.charAt(at) === ':';
}

const SPACE = new Set(' \t\n\r');

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
