// Bodies that are slow to decompress, although they are short and do not grow: they consist of many small blocks, for
// each of which the decoder builds new tables. No encoder writes them.
import { deflateSync } from 'node:zlib';

/** Writes bits in the order of Brotli and Deflate, the lowest bit of a byte first. */
class BitWriter {
  readonly #bytes: number[] = [];
  #value = 0;
  #bits = 0;

  get length(): number {
    return this.#bytes.length;
  }

  /** Writes the lowest bits of a number. */
  put(value: number, bits: number): void {
    for (let bit = 0; bit < bits; bit++) {
      this.#value |= ((value >> bit) & 1) << this.#bits++;
      if (this.#bits === 8) this.#flush();
    }
  }

  /** Fills the last byte with zeros. */
  align(): void {
    if (this.#bits > 0) this.#flush();
  }

  append(bytes: Uint8Array): void {
    this.align();
    for (const byte of bytes) this.#bytes.push(byte);
  }

  take(): Buffer {
    this.align();
    return Buffer.from(this.#bytes);
  }

  #flush(): void {
    this.#bytes.push(this.#value);
    this.#value = 0;
    this.#bits = 0;
  }
}

/** Spaces that each block of Brotli decompresses to. */
const SPACES = 69;

/**
 * Brotli of about `size` bytes: meta-blocks of 69 spaces and 80 bytes, each with 256 block types and a context map of
 * 16,384 entries that is transformed (RFC 7932, section 7.3), and then `text`. Each takes 140 µs. Before each stand
 * `spaces` that are not compressed.
 */
export function slowBrotli(size: number, text: string, spaces = 0): Buffer {
  const bits = new BitWriter();
  bits.put(0, 1); // The window has 64 KiB.
  putRaw(bits, Buffer.alloc(16, ' '));
  while (bits.length < size - text.length - spaces - 90) {
    if (spaces > 0) putRaw(bits, Buffer.alloc(spaces, ' '));
    putMetaBlock(bits);
  }
  putRaw(bits, Buffer.from(text));
  bits.put(0b11, 2); // The last meta-block, which is empty.
  return bits.take();
}

/** An uncompressed meta-block. */
function putRaw(bits: BitWriter, bytes: Uint8Array): void {
  bits.put(0, 3);
  bits.put(bytes.length - 1, 16);
  bits.put(1, 1);
  bits.append(bytes);
}

/** A prefix code with one symbol, which then takes no bits. */
function putOnlySymbol(bits: BitWriter, symbol: number, width: number): void {
  bits.put(1, 2);
  bits.put(0, 2);
  bits.put(symbol, width);
}

/** Writes 256, the number of block types and of trees. */
function put256(bits: BitWriter): void {
  bits.put(1, 1);
  bits.put(7, 3);
  bits.put(127, 7);
}

function putMetaBlock(bits: BitWriter): void {
  bits.put(0, 3);
  bits.put(SPACES - 1, 16);
  bits.put(0, 1);
  put256(bits); // The block types of literals.
  putOnlySymbol(bits, 0, 9);
  putOnlySymbol(bits, 0, 5);
  bits.put(0b11, 2);
  bits.put(0, 2); // One block type of commands, and one of distances.
  bits.put(0, 6); // Distances without postfix.
  for (let type = 0; type < 256; type++) bits.put(0, 2); // A context mode each.
  bits.put(1, 1); // Two trees.
  bits.put(0, 3);
  bits.put(0, 1); // No run lengths.
  putOnlySymbol(bits, 1, 1);
  bits.put(1, 1); // The transform is on.
  bits.put(0, 1); // One tree of distances.
  for (let tree = 0; tree < 2; tree++) putOnlySymbol(bits, 0x20, 8);
  putOnlySymbol(bits, 71, 10); // A command with this many literals, and a copy that is not executed.
  putOnlySymbol(bits, 0, 6);
  bits.put(15, 4);
}

/**
 * Deflate (RFC 1950) of about `size` bytes: empty blocks of 30 bytes, each with Huffman codes for all symbols
 * (RFC 1951, section 3.2.7), and then `text`. Each takes 3 to 6 µs.
 */
export function slowDeflate(size: number, text: string): Buffer {
  const bits = new BitWriter();
  bits.append(Buffer.from([0x78, 0x9c]));
  while (bits.length < size - text.length - 50) putCodes(bits);
  const stored = deflateSync(text, { level: 0 });
  bits.align();
  bits.append(stored.subarray(2));
  return bits.take();
}

function putCodes(bits: BitWriter): void {
  bits.put(0b100, 3); // The block is not the last, and has codes of its own.
  bits.put(29, 5); // 286 literals and lengths.
  bits.put(29, 5); // 30 distances.
  bits.put(8, 4);
  // The bits of the codes for lengths of codes: 1 for 16 (a repetition), 3 for 8, 2 for 9, 4 for 5 and 4.
  for (const length of [1, 0, 0, 0, 3, 0, 2, 0, 0, 4, 0, 4]) bits.put(length, 3);
  putLengths(bits, 0b011, 3, [...Array<number>(37).fill(6), 3]); // 226 times 8.
  putLengths(bits, 0b01, 2, [...Array<number>(9).fill(6), 5]); // 60 times 9.
  for (let code = 0; code < 2; code++) bits.put(0b0111, 4); // Twice 4.
  putLengths(bits, 0b1111, 4, [6, 6, 6, 6, 3]); // 28 times 5.
  bits.put(0b010001111, 9); // The end of the block.
}

/** Writes a code length, and how often it is repeated. */
function putLengths(bits: BitWriter, code: number, width: number, repetitions: number[]): void {
  bits.put(code, width);
  for (const times of repetitions) {
    bits.put(0, 1);
    bits.put(times - 3, 2);
  }
}
