// Stores many requests as bytes in a few blocks, which the garbage collector neither copies nor traces.

/** Room for about 50 typical requests. */
const BLOCK_BYTES = 65_536;
/** The number of free blocks that are kept: enough for a full journal of typical requests. */
const SPARE_BLOCKS = 64;

interface Block {
  readonly bytes: Uint8Array;
  /** The number of bytes in use, from the start of the block. */
  used: number;
  /** The number of slices that have not been freed. */
  slices: number;
}

/** A text and a body in a block. */
export interface Slice {
  readonly block: Block;
  readonly start: number;
  /** The offset at which the text ends and the body begins. */
  readonly split: number;
  readonly end: number;
}

/** A pool of blocks. A block is reused when all of its slices have been freed. */
export class ByteBlocks {
  #last: Block | undefined;
  readonly #spare: Block[] = [];

  /** Copies text and body into a block. Returns undefined if they do not fit into one. */
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

  /** Frees a slice, whose bytes may then be overwritten. */
  free({ block }: Slice): void {
    block.slices--;
    if (block.slices === 0 && block !== this.#last) this.#spareBlock(block);
  }

  #spareBlock(block: Block): void {
    block.used = 0;
    if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}
