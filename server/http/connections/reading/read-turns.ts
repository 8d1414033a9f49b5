// When each connection is read, and when what was read first is parsed.
import type { Socket } from 'node:net';
import { BulkReads } from './bulk-reads.ts';
import { FirstRequests } from './first-requests.ts';

/** The turns of connections in which they are read, and in which their first data is parsed. */
export class ReadTurns {
  readonly #firstRequests: FirstRequests;
  readonly #bulkReads: BulkReads;

  /** `open` returns all open connections, `mustYield` whether there is something more urgent in this tick. */
  constructor(open: () => Iterable<Socket>, mustYield: () => boolean) {
    this.#bulkReads = new BulkReads(open, mustYield, (socket) => this.holdsFirst(socket));
    this.#firstRequests = new FirstRequests(mustYield, (socket) => this.#bulkReads.resume(socket));
  }

  /** Must be called with each chunk but the first, before it is parsed. */
  onChunk(socket: Socket, chunk: Buffer): void {
    this.#bulkReads.onChunk(socket, chunk);
  }

  /** Must be called with the first chunk. Calls `parse` when it is its turn, and reads nothing more until then. */
  onFirstChunk(socket: Socket, chunk: Buffer, parse: () => void): void {
    this.#bulkReads.onChunk(socket, chunk, true);
    this.#firstRequests.add(socket, chunk, parse);
  }

  /** Must be called when a new connection may be read. */
  onTurn(socket: Socket): void {
    this.#bulkReads.onTurn(socket);
  }

  /** Whether so many unread connections wait that no burst of new ones should be accepted. */
  get isBehind(): boolean {
    return this.#bulkReads.isBehind;
  }

  /** Whether the first data of a connection is not parsed until it is its turn. */
  holdsFirst(socket: Socket): boolean {
    return this.#firstRequests.has(socket);
  }

  /** Returns what a connection waits for before its first request: to be parsed, to be read, or for its client. */
  firstWaitOf(socket: Socket): 'held' | 'stopped' | undefined {
    if (this.holdsFirst(socket)) return 'held';
    return this.#bulkReads.isUnread(socket) ? 'stopped' : undefined;
  }

  /** Whether a connection is not read until it is its turn. */
  isWaiting(socket: Socket): boolean {
    return this.holdsFirst(socket) || this.#bulkReads.isWaiting(socket);
  }

  /** Reads a connection at once, although it is not its turn. */
  readNow(socket: Socket): void {
    this.#firstRequests.parseNow(socket);
    this.#bulkReads.readNow(socket);
  }

  /** Must be called when a connection is closed. */
  delete(socket: Socket): void {
    this.#firstRequests.delete(socket);
    this.#bulkReads.delete(socket);
  }
}
