// Chooses the connections to evict: those that have waited longest for their client.
import { clientOf } from '../../edge/exchange/socket-clients.ts';
import type { MemoryBudget } from '../../edge/memory/memory-budget.ts';
import type { Connection, ConnectionState } from './connection.ts';
import { CONNECTION_BYTES } from './connection-memory.ts';

/**
 * The share of the slots, or of the memory, that one eviction frees. It is a batch, because a scan of all connections
 * takes a millisecond or two.
 */
const SLOT_BATCH = 1 / 100;
const MEMORY_BATCH = 1 / 32;
/** The pause after a scan that has found nothing. */
const RECLAIM_RETRY_MS = 20;

/** The threshold above which a connection holds more than a request without a body needs. */
const LARGE_HOLDER_BYTES = 16_384 + CONNECTION_BYTES;

/** The same for the first data of a connection: a request with 50 members is smaller. */
const LARGE_FIRST_BYTES = 4096;

/**
 * The order of eviction: first connections without a complete request, then those with unread responses, more pipelined
 * requests than are handled at once, or requests that wait for their turn, and at last those that were never read.
 */
const FOR_SLOTS: readonly ConnectionState[][] = [
  ['idle', 'receiving'],
  ['unread', 'held', 'queued', 'waiting'],
  ['new', 'stopped'],
];

/**
 * Closes some of the connections that are waiting for their client: 1 % of `maxConnections`, but at least one if there
 * is any.
 */
export function makeSlot(
  connections: Iterable<Connection>,
  maxConnections: number,
  close: (connection: Connection) => unknown,
): void {
  const all = [...connections];
  for (const states of FOR_SLOTS) {
    const waiting = all.filter(({ state }) => states.includes(state));
    const chosen = longestFirst(waiting).slice(0, Math.ceil(maxConnections * SLOT_BATCH));
    for (const connection of chosen) close(connection);
    if (chosen.length > 0) return;
  }
}

/** Frees the memory of connections that are waiting for their client. */
export class Reclaimer {
  readonly #connections: () => Iterable<Connection>;
  readonly #memory: MemoryBudget;
  /** Closes a connection, and returns the number of bytes that this frees. */
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

  /** Frees at least this number of bytes, or as many as possible. */
  reclaim(bytes: number): void {
    if (performance.now() < this.#againMs) return;
    const spare = this.#memory.limit * MEMORY_BATCH;
    let left = bytes + spare;
    // The order is fixed before anything is freed, so that no connection is freed twice.
    for (const connection of largestClientFirst(this.#connections())) {
      left -= this.#free(connection);
      if (left <= 0) return;
    }
    if (left > spare) this.#againMs = performance.now() + RECLAIM_RETRY_MS;
  }

  /** Frees the memory of a connection. A client that is sending a body, or waits for its turn, gets a response. */
  #free(connection: Connection): number {
    const freed = connection.rejectRequests();
    if (freed === undefined) return this.#close(connection);
    this.#memory.countReclaimed();
    return freed;
  }
}

/**
 * The order of eviction among the connections of a client: those that wait for it, then those that wait for this
 * server, by the work that would be lost. The client of a connection that has not been read may be another. No others
 * are evicted to free memory.
 */
const FOR_MEMORY: readonly ConnectionState[][] = [
  ['idle', 'receiving', 'unread'],
  ['held'],
  ['queued', 'waiting'],
  ['stopped'],
];

/**
 * Returns the connections that may be freed, sorted by how much their client holds with all of them. Those of each
 * client are sorted by size, because most hold little, then by `FOR_MEMORY`, and by wait. Of those whose first request
 * is held, large ones come before: a small one may belong to another, with the same credentials or without any.
 */
function largestClientFirst(connections: Iterable<Connection>): Connection[] {
  const bytesOf = new Map<string | undefined, number>();
  const holders = longestFirst([...connections]).flatMap((connection) => {
    const { state, socket, heldBytes } = connection;
    const order = FOR_MEMORY.findIndex((states) => states.includes(state));
    if (order === -1) return [];
    const client = clientOf(socket);
    const bytes = heldBytes + CONNECTION_BYTES;
    bytesOf.set(client, (bytesOf.get(client) ?? 0) + bytes);
    const isSmall = bytes < LARGE_HOLDER_BYTES ? 1 : 0;
    const isLargeFirst = state === 'held' && heldBytes > LARGE_FIRST_BYTES;
    return { connection, client, order, isSmall, isLargeFirst: isLargeFirst ? 1 : 0 };
  });
  const heldBy = (client: string | undefined) => bytesOf.get(client) ?? 0;
  return holders
    .sort(
      (a, b) =>
        heldBy(b.client) - heldBy(a.client) ||
        a.isSmall - b.isSmall ||
        a.order - b.order ||
        b.isLargeFirst - a.isLargeFirst,
    )
    .map(({ connection }) => connection);
}

function longestFirst(connections: Connection[]): Connection[] {
  return connections.sort((a, b) => a.sinceMs - b.sinceMs);
}
