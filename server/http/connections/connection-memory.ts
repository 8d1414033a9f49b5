// The share of one connection in the budget for client memory, without that of its requests.
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';

/** The resident memory of an idle connection: `npm run bench -- memory idle`. */
export const CONNECTION_BYTES = 9_600;

/** Bytes held for each byte of an incomplete header: here, in Node's parser, and in the strings of its fields. */
const PENDING_HEADER_FACTOR = 3;

/** Counts the memory of a connection until it is released. */
export class ConnectionMemory {
  readonly #budget: MemoryBudget;
  /** The bytes that are counted for a partial header. */
  #pendingBytes = 0;
  /** The bytes that are counted for a request whose response has ended but whose body has not. */
  #unfinishedBytes = 0;
  /** The bytes of chunks that were put back, or may still be read while the connection is paused. */
  #unparsedBytes = 0;
  #isReleased = false;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    budget.add(CONNECTION_BYTES);
  }

  /** The bytes that are currently held beyond those of an idle connection. */
  get heldBytes(): number {
    return this.#pendingBytes + this.#unparsedBytes + this.#unfinishedBytes;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Counts a partial header of this number of characters. */
  countPending(characters: number): void {
    const bytes = characters * PENDING_HEADER_FACTOR;
    const added = bytes - this.#pendingBytes;
    this.#pendingBytes = bytes;
    this.#count(added);
  }

  countUnparsed(bytes: number): void {
    const added = bytes - this.#unparsedBytes;
    this.#unparsedBytes = bytes;
    this.#count(added);
  }

  countUnfinished(bytes: number): void {
    const added = bytes - this.#unfinishedBytes;
    this.#unfinishedBytes = bytes;
    this.#count(added);
  }

  /** Adds to the count; a negative number reduces it. */
  #count(added: number): void {
    if (this.#isReleased || added === 0) return;
    if (added > 0) this.#budget.add(added);
    else this.#budget.release(-added);
  }

  /** Releases everything, returns the number of bytes that were held, and stops counting. */
  release(): number {
    if (this.#isReleased) return 0;
    this.#isReleased = true;
    const bytes = CONNECTION_BYTES + this.heldBytes;
    this.#budget.release(bytes);
    this.#pendingBytes = 0;
    this.#unparsedBytes = 0;
    this.#unfinishedBytes = 0;
    return bytes;
  }
}
