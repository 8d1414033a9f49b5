// Chooses the connections that make room for others: those that wait for their client, the longest first.
import type { MemoryBudget } from '../edge/memory/memory-budget.ts';
import type { Connection, ConnectionState } from './connection.ts';

/**
 * Looking at all connections takes a millisecond or two, so it serves for many: this share of the slots, or of the
 * memory.
 */
const SLOT_BATCH = 1 / 100;
const MEMORY_BATCH = 1 / 32;
/** Until the next look, when one has found nothing. */
const FRUITLESS_MS = 20;

/** More than a connection and a request without a body take. */
const MUCH_BYTES = 16_384;

/** In this order: first those that have no complete request, then those that do not take their responses. */
const FOR_SLOTS: readonly ConnectionState[][] = [
  ['idle', 'receiving'],
  ['unread', 'queued'],
];

/**
 * Closes one of the connections, if any waits for its client, or some if there are many: `most` is how many there may
 * be.
 */
export function makeSlot(
  connections: Iterable<Connection>,
  most: number,
  close: (connection: Connection) => unknown,
): void {
  const all = [...connections];
  for (const states of FOR_SLOTS) {
    const chosen = longestFirst(all, ({ state }) => states.includes(state)).slice(0, Math.ceil(most * SLOT_BATCH));
    for (const connection of chosen) close(connection);
    if (chosen.length > 0) return;
  }
}

/** Frees memory that is held for clients that could do without. */
export class Reclaimer {
  readonly #connections: () => Iterable<Connection>;
  readonly #memory: MemoryBudget;
  /** Gives how many bytes that frees. */
  readonly #close: (connection: Connection) => number;
  #againMs = Number.NEGATIVE_INFINITY;

  constructor(
    connections: () => Iterable<Connection>,
    memory: MemoryBudget,
    close: (connection: Connection) => number,
  ) {
    this.#connections = connections;
    this.#memory = memory;
    this.#close = close;
  }

  /** Frees so many bytes, or as many as it can. */
  reclaim(bytes: number): void {
    if (performance.now() < this.#againMs) return;
    const waiting = longestFirst([...this.#connections()], ({ state }) => state !== 'working');
    const spare = this.#memory.limit * MEMORY_BATCH;
    let left = bytes + spare;
    // Those that hold little are many, and most of them do no harm.
    for (const suits of [holdsMuch, holdsLittle]) {
      for (const connection of waiting.filter(suits)) {
        left -= this.#free(connection);
        if (left <= 0) return;
      }
    }
    if (left > spare) this.#againMs = performance.now() + FRUITLESS_MS;
  }

  /** Whoever is still sending gets a response. */
  #free(connection: Connection): number {
    const freed = connection.rejectBody();
    if (freed === undefined) return this.#close(connection);
    this.#memory.countReclaimed();
    return freed;
  }
}

function holdsMuch({ heldBytes }: Connection): boolean {
  return heldBytes >= MUCH_BYTES;
}

function holdsLittle(connection: Connection): boolean {
  return !holdsMuch(connection);
}

function longestFirst(connections: Connection[], suits: (connection: Connection) => boolean): Connection[] {
  return connections.filter(suits).sort((a, b) => a.sinceMs - b.sinceMs);
}
