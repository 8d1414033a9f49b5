// Chooses the connections that are evicted for others: those that wait for their client, the longest first.
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import type { Connection, ConnectionState } from './connection.ts';

/**
 * A scan of all connections takes a millisecond or two, so each frees a batch: this share of the slots, or of the
 * memory.
 */
const SLOT_BATCH = 1 / 100;
const MEMORY_BATCH = 1 / 32;
/** Until the next scan, when one has found nothing. */
const RECLAIM_RETRY_MS = 20;

/** More than a connection and a request without a body take. */
const LARGE_HOLDER_BYTES = 16_384;

/** In this order: first those that have no complete request, then those that do not take their responses. */
const FOR_SLOTS: readonly ConnectionState[][] = [
  ['idle', 'receiving'],
  ['unread', 'queued'],
];

/**
 * Closes some of the connections that wait for their client: 1 % of `maxConnections`, and at least one if there is any.
 */
export function makeSlot(
  connections: Iterable<Connection>,
  maxConnections: number,
  close: (connection: Connection) => unknown,
): void {
  const all = [...connections];
  for (const states of FOR_SLOTS) {
    const chosen = longestFirst(all, ({ state }) => states.includes(state)).slice(
      0,
      Math.ceil(maxConnections * SLOT_BATCH),
    );
    for (const connection of chosen) close(connection);
    if (chosen.length > 0) return;
  }
}

/** Frees memory that is held for connections that wait for their client. */
export class Reclaimer {
  readonly #connections: () => Iterable<Connection>;
  readonly #memory: MemoryBudget;
  /** Returns the number of bytes that this frees. */
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

  /** Frees at least this number of bytes, or as many as it can. */
  reclaim(bytes: number): void {
    if (performance.now() < this.#againMs) return;
    const waiting = longestFirst([...this.#connections()], ({ state }) => state !== 'working');
    const spare = this.#memory.limit * MEMORY_BATCH;
    let left = bytes + spare;
    // Most connections hold little, and do no harm. Chosen before any is freed, so that none is freed twice.
    const [large, small] = [waiting.filter(isLargeHolder), waiting.filter(isSmallHolder)];
    for (const connection of [...large, ...small]) {
      left -= this.#free(connection);
      if (left <= 0) return;
    }
    if (left > spare) this.#againMs = performance.now() + RECLAIM_RETRY_MS;
  }

  /** A client that is still sending gets a response. */
  #free(connection: Connection): number {
    const freed = connection.rejectBody();
    if (freed === undefined) return this.#close(connection);
    this.#memory.countReclaimed();
    return freed;
  }
}

function isLargeHolder({ heldBytes }: Connection): boolean {
  return heldBytes >= LARGE_HOLDER_BYTES;
}

function isSmallHolder(connection: Connection): boolean {
  return !isLargeHolder(connection);
}

function longestFirst(connections: Connection[], predicate: (connection: Connection) => boolean): Connection[] {
  return connections.filter(predicate).sort((a, b) => a.sinceMs - b.sinceMs);
}
