// Compares property names as JSON.parse does, without a string for each: 150,000 of them fit into 1 MiB.
import { randomInt } from 'node:crypto';
import { byteAt } from './scanner.ts';

/** The constants differ in each process, so that no client can choose colliding names. */
const SEED = randomInt(2 ** 32) | 0;
const MULTIPLIER = randomInt(2 ** 32) | 1;

/** The initial capacity in names. */
const CAPACITY = 64;

/** The number of slots for each name: with two, the scan of 100,000 names takes a twelfth longer. */
const SLOTS = 4;

/** The length in bytes above which names are copied in bulk: 1 MiB of them takes 1.2 ms instead of 3.7. */
const LONG_NAME = 100;

/**
 * The number of bytes after which `#unescapePart` ends. A call that lasts long runs code that V8 has made for the rest
 * of this call, which takes up to twice as long.
 */
const PART = 1024;

/** The distinct names that were added since the last `clear`, numbered from 0. */
export class NameTable {
  /**
   * The unescaped names, concatenated. A Buffer, like all texts, so that V8 optimizes the reading code for one type.
   */
  #names = Buffer.allocUnsafeSlow(1024);
  #ends = new Int32Array(CAPACITY);
  #hashes = new Int32Array(CAPACITY);
  /** The hash table, at most a quarter full, with open addressing. A slot has the number of a name plus one, or 0. */
  #slots = new Int32Array(SLOTS * CAPACITY);
  #capacity = CAPACITY;
  #size = 0;
  /** The end of what `#unescapePart` has copied. */
  #copied = 0;

  get size(): number {
    return this.#size;
  }

  /** Removes all names but keeps the memory: allocating it again would take longer than filling it. */
  clear(): void {
    this.#size = 0;
    this.#capacity = CAPACITY;
    this.#slots.fill(0, 0, SLOTS * CAPACITY);
  }

  /**
   * Returns the number of the name whose text, without quotes, is at these offsets. A new name gets the next number.
   */
  add(bytes: Uint8Array, start: number, end: number): number {
    const from = this.#endOf(this.#size - 1) | 0;
    this.#reserve(from + end - start);
    const names = this.#names;
    let [to, hash] = [from, SEED];
    if (end - start > LONG_NAME) {
      const text = bytes.subarray(start, end);
      if (!text.includes(BACKSLASH)) {
        names.set(text, from);
        to = from + text.length;
        return this.#find(from, to, finish(hashOf(names, from, to, SEED)));
      }
    }
    // Copied and hashed in one loop, without calls, after which V8 would check both buffers again for each byte.
    for (let at = start; at < end; at++) {
      const byte = byteAt(bytes, at);
      if (byte === BACKSLASH) return this.#addEscaped(bytes, at, end, from, to, hash);
      names[to++] = byte;
      hash = Math.imul(hash ^ byte, MULTIPLIER);
    }
    return this.#find(from, to, finish(hash));
  }

  /**
   * Adds a name that begins at `from`, and whose rest, from its first escape on, is still to be copied to `copied`. The
   * hash is that of the part before.
   */
  #addEscaped(bytes: Uint8Array, start: number, end: number, from: number, copied: number, before: number): number {
    let [at, to, hash] = [start, copied, before];
    while (at < end) {
      this.#copied = to;
      at = this.#unescapePart(bytes, at, Math.min(at + PART, end)) | 0;
      hash = hashOf(this.#names, to, this.#copied, hash) | 0;
      to = this.#copied;
    }
    return this.#find(from, to, finish(hash));
  }

  /** Copies what begins between these offsets, without escapes. Returns the offset after it. */
  #unescapePart(bytes: Uint8Array, start: number, end: number): number {
    const names = this.#names;
    let to = this.#copied;
    let at = start;
    while (at < end) {
      const byte = byteAt(bytes, at);
      if (byte !== BACKSLASH) {
        names[to++] = byte;
        at++;
        continue;
      }
      const kind = byteAt(bytes, at + 1);
      if (kind !== LETTER_U) {
        names[to++] = ESCAPED[kind] ?? 0;
        at += 2;
        continue;
      }
      const character = readUnicode(bytes, at) | 0;
      to = this.#encode(character, to) | 0;
      at += character > 0xffff ? 12 : 6;
    }
    this.#copied = to;
    return at;
  }

  /** Returns the number of the name between these offsets of `#names`. */
  #find(from: number, to: number, hash: number): number {
    const slots = this.#slots;
    const mask = SLOTS * this.#capacity - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] ?? 0) - 1;
      if (index < 0) return this.#append(slot, to, hash);
      if (this.#hashes[index] === hash && this.#isSame(index, from, to)) return index;
    }
  }

  #append(slot: number, end: number, hash: number): number {
    const index = this.#size++;
    this.#slots[slot] = index + 1;
    this.#ends[index] = end;
    this.#hashes[index] = hash;
    if (this.#size === this.#capacity) this.#grow();
    return index;
  }

  #grow(): void {
    this.#capacity *= 2;
    if (this.#capacity > this.#ends.length) {
      this.#ends = enlarge(this.#ends);
      this.#hashes = enlarge(this.#hashes);
      this.#slots = new Int32Array(SLOTS * this.#capacity);
    } else {
      this.#slots.fill(0, 0, SLOTS * this.#capacity);
    }
    const [slots, hashes, mask] = [this.#slots, this.#hashes, SLOTS * this.#capacity - 1];
    for (let index = 0; index < this.#size; index++) {
      let slot = (hashes[index] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : (this.#ends[index] ?? 0);
  }

  #isSame(index: number, from: number, to: number): boolean {
    const start = this.#endOf(index - 1);
    if (this.#endOf(index) - start !== to - from) return false;
    for (let at = from; at < to; at++) if (this.#names[at] !== this.#names[start + at - from]) return false;
    return true;
  }

  #reserve(length: number): void {
    if (length > this.#names.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, this.#names.length * 2));
      larger.set(this.#names);
      this.#names = larger;
    }
  }

  /**
   * Encodes a character in UTF-8 (RFC 3629), which is never longer than its escape. Encodes lone surrogates, which JSON
   * allows, in the same way.
   */
  #encode(character: number, to: number): number {
    const names = this.#names;
    let out = to;
    if (character < 0x80) {
      names[out++] = character;
      return out;
    }
    if (character < 0x800) {
      names[out++] = 0xc0 | (character >> 6);
    } else {
      if (character < 0x10000) {
        names[out++] = 0xe0 | (character >> 12);
      } else {
        names[out++] = 0xf0 | (character >> 18);
        names[out++] = 0x80 | ((character >> 12) & 0x3f);
      }
      names[out++] = 0x80 | ((character >> 6) & 0x3f);
    }
    names[out++] = 0x80 | (character & 0x3f);
    return out;
  }
}

/** Continues the hash FNV-1a, with secret constants. */
function hashOf(bytes: Uint8Array, start: number, end: number, before: number): number {
  let hash = before;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ byteAt(bytes, at), MULTIPLIER);
  return hash;
}

/** The finalizer of MurmurHash3, which makes every input bit affect every output bit. */
function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Reads the character of an escape such as `\u00e9`, or of two escapes that are a surrogate pair. */
function readUnicode(bytes: Uint8Array, offset: number): number {
  const high = readUnit(bytes, offset);
  if (high < 0xd800 || high > 0xdbff) return high;
  if (byteAt(bytes, offset + 6) !== BACKSLASH || byteAt(bytes, offset + 7) !== LETTER_U) return high;
  const low = readUnit(bytes, offset + 6);
  return low < 0xdc00 || low > 0xdfff ? high : 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/** Reads the four hexadecimal digits after `\u`. */
function readUnit(bytes: Uint8Array, offset: number): number {
  return (
    (digitAt(bytes, offset + 2) << 12) |
    (digitAt(bytes, offset + 3) << 8) |
    (digitAt(bytes, offset + 4) << 4) |
    digitAt(bytes, offset + 5)
  );
}

const digitAt = (bytes: Uint8Array, offset: number) => DIGITS[byteAt(bytes, offset)] ?? 0;

/** The values of hexadecimal digits, indexed by byte. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => Number.parseInt(String.fromCharCode(byte), 16) || 0);

function enlarge(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * values.length);
  larger.set(values);
  return larger;
}

const LETTER_U = 0x75;

/** The character of a simple escape, indexed by the byte after the backslash. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [kind, meant] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }))
  ESCAPED[kind.charCodeAt(0)] = meant.charCodeAt(0);

const BACKSLASH = 0x5c;
