// Keeps what is known of many requests as bytes in a few blocks, which the garbage collector neither copies nor traces.

/** About 50 usual requests. */
const BLOCK_BYTES = 65_536;
/** Blocks that wait for new content: as many as the usual requests of a full journal take. */
const SPARE_BLOCKS = 64;

interface Block {
  readonly bytes: Uint8Array;
  /** The bytes in use, from the beginning. */
  used: number;
  /** The slices that are not freed. */
  slices: number;
}

/** A text and a body in a block. */
export interface Slice {
  readonly block: Block;
  readonly start: number;
  /** Where the text ends and the body begins. */
  readonly split: number;
  readonly end: number;
}

/** Blocks that are used again when all of their slices are freed. */
export class ByteBlocks {
  #last: Block | undefined;
  readonly #spare: Block[] = [];

  /** Copies both into a block. Undefined when they are larger than a block. */
  write(text: string, body: Uint8Array): Slice | undefined {
    if (text.length + body.length > BLOCK_BYTES) return undefined;
    return (this.#last && this.#writeTo(this.#last, text, body)) ?? this.#writeTo(this.#addBlock(), text, body);
  }

  #writeTo(block: Block, text: string, body: Uint8Array): Slice | undefined {
    const { bytes, used } = block;
    const { read, written } = new TextEncoder().encodeInto(text, bytes.subarray(used));
    const split = used + written;
    const end = split + body.length;
    if (read < text.length || end > BLOCK_BYTES) return undefined;
    bytes.set(body, split);
    block.used = end;
    block.slices++;
    return { block, start: used, split, end };
  }

  #addBlock(): Block {
    if (this.#last?.slices === 0) this.#spareBlock(this.#last);
    const block = this.#spare.pop() ?? { bytes: new Uint8Array(BLOCK_BYTES), used: 0, slices: 0 };
    this.#last = block;
    return block;
  }

  /** Its bytes may be overwritten from now on. */
  free({ block }: Slice): void {
    block.slices--;
    if (block.slices === 0 && block !== this.#last) this.#spareBlock(block);
  }

  #spareBlock(block: Block): void {
    block.used = 0;
    if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}
