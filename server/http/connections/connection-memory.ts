// What one connection holds of the budget for client memory, besides what its requests hold.
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';

/** Resident memory of a connection that does nothing: `npm run bench -- memory idle`. */
const CONNECTION_BYTES = 9_600;

/** Bytes that are held for one byte of an incomplete header: here, in Node's parser, and in strings of its fields. */
const PENDING_HEADER_FACTOR = 3;

/** Counts what a connection holds, until it is released. */
export class ConnectionMemory {
  readonly #budget: MemoryBudget;
  /** Bytes that are counted for the part of a header. */
  #pendingBytes = 0;
  /** Bytes that are counted for a request whose response is over, and whose body is not. */
  #unfinishedBytes = 0;
  /** Bytes of chunks that were put back, or may be read while it is paused. */
  #unparsedBytes = 0;
  #isReleased = false;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    budget.add(CONNECTION_BYTES);
  }

  /** Bytes that are held now, beyond those of a connection that does nothing. */
  get heldBytes(): number {
    return this.#pendingBytes + this.#unparsedBytes + this.#unfinishedBytes;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Counts the part of a header that has arrived, of so many characters. */
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

  /** Counts what is held beyond what is counted already; a negative number is held no longer. */
  #count(added: number): void {
    if (this.#isReleased || added === 0) return;
    if (added > 0) this.#budget.add(added);
    else this.#budget.release(-added);
  }

  /** Returns the number of bytes that it held, and counts nothing from now on. */
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
