// Removes the parts of a body that violate its schema but will not be listed, before the text is parsed.

import { join, shell } from './byte-ranges.ts';
import { NameTable } from './name-table.ts';
import type { Cut, ItemBlock } from './omitted-parts.ts';
import {
  byteAt,
  expectEnd,
  longSpaces,
  sawEscapedName,
  skipColon,
  skipComma,
  skipName,
  skipSpace,
  skipValue,
  terminate,
} from './scanner.ts';
import { isValid, type ObjectOutline, type Outline, type PropertyOutline, rejects } from './schema-precheck.ts';

export interface Truncated {
  /** The remaining JSON in UTF-8. */
  text: Buffer;
  /** The parts that were left out; undefined if no violation was. */
  cut: Cut | undefined;
  /** Whether a part violated the schema. A later property of the same name may have replaced it. */
  isRejected: boolean;
  /** Whether a name has an escape, perhaps one that was left out. */
  hasEscapedName: boolean;
}

/**
 * Returns the text without violations beyond `limit` in one array or object, and without the content of values that the
 * outline rejects. Reads the whole text once. Throws a `JsonSyntaxError` when it is not JSON.
 */
export function truncate(text: Buffer, outline: Outline, limit: number): Truncated {
  const bytes = terminate(text);
  // Resets the state of the last text, whose reading may have ended with an error.
  tablesInUse = 0;
  hasRejected = false;
  const part = readValue(bytes, skipSpace(bytes, 0), outline, limit);
  expectEnd(bytes, part.end);
  return {
    text: part.pieces ? join(bytes, part.pieces) : withoutSpace(text),
    cut: part.cut,
    isRejected: hasRejected,
    hasEscapedName: sawEscapedName(),
  };
}

/** Removes long white space: parsing 1 MiB of it took a quarter of the time of its request. */
function withoutSpace(text: Buffer): Buffer {
  return longSpaces.length === 0 ? text : join(text, [0, ...longSpaces, text.length]);
}

/** Whether a part of the current text violated the schema. */
let hasRejected = false;

function isRejectedBy(outline: Outline, bytes: Uint8Array, start: number, end: number): boolean {
  if (!rejects(outline, bytes, start, end)) return false;
  hasRejected = true;
  return true;
}

interface Part {
  /** The offset after the part. */
  end: number;
  /** Alternating start and end offsets of the remaining pieces; undefined if nothing was left out. */
  pieces?: readonly number[] | undefined;
  cut?: Cut | undefined;
}

function readValue(bytes: Uint8Array, start: number, outline: Outline, limit: number): Part {
  const byte = byteAt(bytes, start);
  if (byte === OPEN_BRACE && outline.object) return readObject(bytes, start, outline.object, limit);
  if (byte === OPEN_BRACKET && outline.items)
    return readArray(bytes, start, outline.items, outline.maxItems ?? Number.POSITIVE_INFINITY, limit);
  const end = skipValue(bytes, start);
  return isRejectedBy(outline, bytes, start, end) ? { end, pieces: shell(bytes, start, end) } : { end };
}

function readArray(bytes: Uint8Array, start: number, items: Outline, maxItems: number, limit: number): Part {
  let at = skipSpace(bytes, start + 1);
  if (byteAt(bytes, at) === CLOSE_BRACKET) return { end: at + 1 };
  const pieces: number[] = [];
  let parts: Map<number, Cut> | undefined;
  const hasParts = items.object !== undefined || items.items !== undefined;
  let [from, before, length, violations, leftOut] = [start, at, 0, 0, 0];
  for (;;) {
    const part = hasParts ? readValue(bytes, at, items, limit) : undefined;
    const end = (part ? part.end : skipValue(bytes, at)) | 0;
    const isRejected = isRejectedBy(items, bytes, at, end);
    if (isRejected && ++violations > limit) {
      // Left out with the preceding comma, which every item but the first has.
      leftOut++;
      if (before > from) pieces.push(from, before);
      from = end;
    } else {
      const left = isRejected ? shell(bytes, at, end) : part?.pieces;
      if (left) {
        pieces.push(from, at);
        for (const offset of left) pieces.push(offset);
        from = end;
      }
      if (part?.cut) {
        parts ??= new Map();
        parts.set(length - leftOut, part.cut);
      }
    }
    length++;
    before = end;
    at = skipSpace(bytes, end) | 0;
    if (byteAt(bytes, at) === CLOSE_BRACKET) break;
    at = skipComma(bytes, at, CLOSE_BRACKET) | 0;
    if (length > maxItems && !hasParts) {
      const rest = readRest(bytes, at, items, { length, violations }, limit);
      hasRejected = true;
      pieces.push(from, before, rest.end - 1, rest.end);
      const cut = { violations: leftOut + rest.leftOut, length: rest.length, parts: parts ?? new Map() };
      return {
        end: rest.end,
        pieces,
        cut: { ...cut, rest: { blocks: rest.blocks, hasEscapedName: sawEscapedName() } },
      };
    }
  }
  const end = at + 1;
  if (pieces.length === 0) return { end };
  pieces.push(from, end);
  const isCut = leftOut > 0 || parts !== undefined;
  return { end, pieces, cut: isCut ? { violations: leftOut, length, parts: parts ?? new Map() } : undefined };
}

/** The maximum number of items in a block. */
const BLOCK_ITEMS = 256;

/** Reads the items beyond the maximum length, from this one to the closing bracket. `before` tells of the others. */
function readRest(
  bytes: Uint8Array,
  start: number,
  items: Outline,
  before: { length: number; violations: number },
  limit: number,
) {
  const blocks: ItemBlock[] = [];
  let [pieces, size, isOpen]: [number[], number, boolean] = [[], 0, false];
  let { length, violations } = before;
  let [at, from, last, leftOut, index] = [start, start, start, 0, length];
  for (;;) {
    const end = skipValue(bytes, at) | 0;
    length++;
    const validity = isValid(items, bytes, at, end);
    if (validity === false && ++violations > limit) {
      leftOut++;
      // If the first item of a block is left out, the block begins after its comma.
      if (last > from) pieces.push(from, last);
      from = end;
    } else {
      if (size === 0) from = at;
      const left = validity === false ? shell(bytes, at, end) : undefined;
      if (left) {
        if (at > from) pieces.push(from, at);
        for (const offset of left) pieces.push(offset);
        from = end;
      }
      size++;
      if (validity !== true) isOpen = true;
    }
    last = end;
    if (size === BLOCK_ITEMS) {
      if (isOpen) blocks.push({ start: index, text: joinBlock(bytes, pieces, from, end) });
      index += size;
      [pieces, size, from, isOpen] = [[], 0, end, false];
    }
    at = skipSpace(bytes, end) | 0;
    if (byteAt(bytes, at) === CLOSE_BRACKET) break;
    at = skipComma(bytes, at, CLOSE_BRACKET) | 0;
  }
  if (isOpen) blocks.push({ start: index, text: joinBlock(bytes, pieces, from, last) });
  return { end: at + 1, blocks, length, leftOut };
}

/** Joins the pieces of a block, and the last one, at these offsets. No closure, whose variables are slower to read. */
function joinBlock(bytes: Uint8Array, pieces: number[], from: number, end: number): Buffer {
  if (end > from) pieces.push(from, end);
  return join(bytes, pieces);
}

function readObject(bytes: Uint8Array, start: number, outline: ObjectOutline, limit: number): Part {
  let at = skipSpace(bytes, start + 1);
  if (byteAt(bytes, at) === CLOSE_BRACE) return { end: at + 1 };
  const object = new ObjectReader(bytes, outline, limit);
  let comma = 0;
  for (;;) {
    const nameEnd = skipName(bytes, at) | 0;
    const end = object.readProperty(at, nameEnd, skipColon(bytes, nameEnd) | 0) | 0;
    const next = skipSpace(bytes, end) | 0;
    if (byteAt(bytes, next) === CLOSE_BRACE) return object.finish(start, next + 1, comma);
    comma = next;
    at = skipComma(bytes, next, CLOSE_BRACE) | 0;
  }
}

class ObjectReader {
  readonly #bytes: Uint8Array;
  readonly #outline: ObjectOutline;
  readonly #limit: number;
  /**
   * The remaining pieces of each property, keyed by the number of its name. Of two with the same name, the last one
   * counts, as in JSON.parse.
   */
  readonly #left = new Map<number, readonly number[]>();
  readonly #parts = new Map<string, Cut>();
  /** The names so far, declared ones first; created on demand. */
  #names: NameTable | undefined;
  #undeclared = 0;
  #isWhole = true;

  constructor(bytes: Uint8Array, outline: ObjectOutline, limit: number) {
    this.#bytes = bytes;
    this.#outline = outline;
    this.#limit = limit;
  }

  /**
   * Reads a property, given the offsets of its name, the end of the name, and its value. Returns the offset after it.
   */
  readProperty(name: number, nameEnd: number, value: number): number {
    const { properties, closed } = this.#outline;
    let number = findName(this.#bytes, name + 1, nameEnd - 1, properties);
    let isNew = true;
    if (number < 0 && (closed || this.#bytes.subarray(name, nameEnd).includes(BACKSLASH))) {
      this.#names ??= takeTable(properties);
      const { size } = this.#names;
      number = this.#names.add(this.#bytes, name + 1, nameEnd - 1);
      isNew = number === size;
    }
    const declared = properties[number];
    if (declared) {
      const part = readValue(this.#bytes, value, declared.outline, this.#limit);
      if (part.cut) this.#parts.set(declared.name, part.cut);
      else this.#parts.delete(declared.name);
      if (this.#left.has(number)) this.#isWhole = false;
      this.#keep(number, name, part);
      return part.end;
    }
    const end = skipValue(this.#bytes, value);
    if (closed) hasRejected = true;
    if (!closed) this.#keep(-1 - this.#undeclared++, name, { end });
    else if (!isNew) this.#isWhole = false;
    else if (++this.#undeclared > this.#limit) this.#isWhole = false;
    else this.#keep(number, name, { end, pieces: shell(this.#bytes, value, end) });
    return end;
  }

  #keep(number: number, name: number, { end, pieces }: Part): void {
    if (pieces) this.#isWhole = false;
    // The first piece starts at the name.
    this.#left.set(number, pieces ? [name, ...pieces.slice(1)] : [name, end]);
  }

  /** Ends the object, given its offsets and that of a comma in it. */
  finish(start: number, end: number, comma: number): Part {
    if (this.#names) tablesInUse--;
    if (this.#isWhole) return { end };
    const pieces = [start, start + 1];
    for (const property of this.#left.values()) {
      if (pieces.length > 2) pieces.push(comma, comma + 1);
      for (const offset of property) pieces.push(offset);
    }
    pieces.push(end - 1, end);
    const violations = this.#outline.closed ? Math.max(0, this.#undeclared - this.#limit) : 0;
    const isCut = violations > 0 || this.#parts.size > 0;
    return { end, pieces, cut: isCut ? { violations, length: 0, parts: this.#parts } : undefined };
  }
}

/** Returns the index of the property with this name, or -1. Finds names without escapes only. */
function findName(bytes: Uint8Array, start: number, end: number, properties: readonly PropertyOutline[]): number {
  for (let index = 0; index < properties.length; index++) {
    const name = properties[index]?.bytes;
    if (name && isAt(bytes, start, end, name)) return index;
  }
  return -1;
}

function isAt(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false;
  return true;
}

/** The tables of the objects that are being read. Their number is bounded by the depth of the outline. */
const tables: NameTable[] = [];
let tablesInUse = 0;

function takeTable(properties: readonly PropertyOutline[]): NameTable {
  const index = tablesInUse++;
  const names = tables[index] ?? new NameTable();
  tables[index] = names;
  names.clear();
  for (const { text } of properties) names.add(text, 0, text.length);
  return names;
}

const BACKSLASH = 0x5c;
const CLOSE_BRACE = 0x7d;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
