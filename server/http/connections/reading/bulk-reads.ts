// Takes turns in reading from connections. Node reads up to 2 MiB from one of them before it looks at the next, and
// handles everything that has arrived on thousands of them in one tick. A few hundred clients that send without a
// pause, or thousands that send at the same time, would keep others waiting for many seconds.
import type { Socket } from 'node:net';
import { clientOf } from '../../../edge/exchange/socket-clients.ts';
import { BothEnds } from '../../../edge/queues/both-ends.ts';
import { ClientQueue } from '../../../edge/queues/client-queue.ts';
import { ReadShare } from './read-share.ts';
import { handleOf } from './socket-handle.ts';

/** The maximum number of bytes that Node reads at once. After such a read, more data is probably waiting. */
const FULL_READ_BYTES = 65_536;
/**
 * The maximum time in milliseconds for which one tick of the event loop reads from connections that have sent little,
 * and the minimum number of them that are read in one tick. Further ones wait.
 */
const OTHERS = { maxMs: 6, minBatch: 8 };
/** The same for those that have sent much. A read of 64 KB takes a millisecond or two. */
const BULK = { maxMs: 4, minBatch: 4 };
/** The same for those that are read for the first time, which takes 50 µs: see `FirstRequests`. */
const UNREAD = { maxMs: 15, minBatch: 32 };
/**
 * The average number of bytes in the last reads of a connection that has sent much, so that it is read in turns of its
 * own: that of requests with some hundred members.
 */
const BULK_BYTES = 8192;
/** The weight of the last read in that average. */
const LAST_READ_WEIGHT = 1 / 4;
/** The number of unread connections above which reading is behind: a fifth of those for which there is memory. */
const BEHIND = 1000;

/** The connections that wait for their turn to be read. */
export class BulkReads {
  /** Those that have not been read. */
  readonly #unread = new BothEnds<Socket>();
  /** Those whose turn has come in this tick. What has arrived is read in the next. */
  readonly #onTurn = new Set<Socket>();
  /** Those that have been read and have had no response, in the order of their turns. */
  readonly #waiting = new Set<Socket>();
  /** Those that have had one. They take turns of their own, because thousands of others may wait before them. */
  readonly #served = new ClientQueue<Socket>(clientOf);
  /** Those that have sent much. The others must not wait until these have been read. */
  readonly #bulky = new ClientQueue<Socket>(clientOf);
  /** The average number of bytes in the last reads of each connection for which it exceeds `BULK_BYTES`. */
  readonly #averages = new Map<Socket, number>();
  readonly #open: () => Iterable<Socket>;
  readonly #mustYield: () => boolean;
  readonly #isHeld: (socket: Socket) => boolean;
  #isScheduled = false;
  readonly #othersShare = new ReadShare(OTHERS);
  readonly #bulkShare = new ReadShare(BULK);
  readonly #unreadShare = new ReadShare(UNREAD);
  /** The share of the last chunk of this tick; undefined before the first. */
  #lastShare: ReadShare | undefined;
  /** When that was read. */
  #lastMs = 0;

  /**
   * `open` returns all open connections, `mustYield` whether there is something more urgent in this tick, and `isHeld`
   * whether a connection must not be read until `resume` is called.
   */
  constructor(open: () => Iterable<Socket>, mustYield: () => boolean, isHeld: (socket: Socket) => boolean) {
    this.#open = open;
    this.#mustYield = mustYield;
    this.#isHeld = isHeld;
  }

  /** Must be called with each chunk, before it is parsed. After a full one, the connection waits for its turn. */
  onChunk(socket: Socket, chunk: Buffer, isFirst = false): void {
    this.#average(socket, chunk.length);
    if (chunk.length >= FULL_READ_BYTES) this.#wait(socket);
    const nowMs = performance.now();
    if (!this.#lastShare) this.#schedule();
    else if (this.#lastShare.use(nowMs - this.#lastMs)) this.#stopReading(this.#lastShare);
    const share = this.#shareOf(socket);
    share.addReader(socket);
    this.#lastShare = isFirst ? this.#unreadShare : share;
    this.#lastMs = nowMs;
  }

  #shareOf(socket: Socket): ReadShare {
    if (socket.bytesRead === 0) return this.#unreadShare;
    return this.#averages.has(socket) ? this.#bulkShare : this.#othersShare;
  }

  /** Stops reading from all connections of a kind. */
  #stopReading(share: ReadShare): void {
    const readers = share.takeReaders(() => (share === this.#bulkShare ? this.#averages.keys() : this.#open()));
    for (const socket of readers) {
      // What arrives after the last response is only discarded.
      if (this.#shareOf(socket) === share && !socket.writableEnded) this.#wait(socket);
    }
  }

  /** Whether so many unread connections wait that no burst of new ones should be accepted. */
  get isBehind(): boolean {
    return this.#unread.size > BEHIND;
  }

  /** Whether a connection is not read until it is its turn. */
  isWaiting(socket: Socket): boolean {
    return [this.#unread, this.#waiting, this.#served, this.#bulky].some((queue) => queue.has(socket));
  }

  /** Must be called when a new connection may be read. */
  onTurn(socket: Socket): void {
    this.#onTurn.add(socket);
    setImmediate(() => this.#onTurn.delete(socket));
  }

  /** Whether data of this connection may have arrived that could not be read yet, not even in part. */
  isUnread(socket: Socket): boolean {
    return socket.bytesRead === 0 && (this.#unread.has(socket) || this.#onTurn.has(socket));
  }

  get #size(): number {
    return this.#unread.size + this.#othersCount + this.#bulky.size;
  }

  get #othersCount(): number {
    return this.#waiting.size + this.#served.size;
  }

  /** Must be called when a connection is closed. Otherwise its memory would be held until its turn. */
  delete(socket: Socket): void {
    this.#averages.delete(socket);
    for (const share of [this.#othersShare, this.#bulkShare, this.#unreadShare]) share.deleteReader(socket);
    this.#remove(socket);
  }

  /** Reads a connection at once, although it is not its turn. */
  readNow(socket: Socket | undefined): void {
    if (socket && this.#remove(socket)) this.#startReading(socket);
  }

  /** Must be called when a connection is no longer held. It is read now, unless it waits for its turn. */
  resume(socket: Socket): void {
    if (!this.isWaiting(socket)) this.#startReading(socket);
  }

  #startReading(socket: Socket | undefined): void {
    const handle = socket && handleOf(socket);
    if (!socket || !handle?.reading || this.#isHeld(socket)) return;
    handle.readStart();
    this.#shareOf(socket).addReader(socket);
  }

  #remove(socket: Socket): boolean {
    return [this.#unread, this.#waiting, this.#served, this.#bulky].some((queue) => queue.delete(socket));
  }

  #average(socket: Socket, bytes: number): void {
    const known = this.#averages.get(socket) ?? 0;
    const average = known + (bytes - known) * LAST_READ_WEIGHT;
    if (average > BULK_BYTES) this.#averages.set(socket, average);
    else if (known > 0) this.#averages.delete(socket);
  }

  #queueOf(socket: Socket): { add(socket: Socket): void } {
    if (socket.bytesRead === 0) return this.#unread;
    if (this.#averages.has(socket)) return this.#bulky;
    return socket.bytesWritten > 0 ? this.#served : this.#waiting;
  }

  #wait(socket: Socket): void {
    const handle = handleOf(socket);
    // The socket is paused, and its reader resumes it.
    if (!handle?.reading) return;
    handle.readStop();
    if (this.isWaiting(socket)) return;
    this.#queueOf(socket).add(socket);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#endTick());
  }

  #endTick(): void {
    this.#isScheduled = false;
    this.#lastShare = undefined;
    const othersBatch = this.#othersShare.endTick(this.#othersCount);
    const bulkBatch = this.#bulkShare.endTick(this.#bulky.size);
    const unreadBatch = this.#unreadShare.endTick(this.#unread.size);
    if (!this.#mustYield()) {
      this.#readOthers(othersBatch);
      this.#readUnread(unreadBatch);
      for (let count = 0; count < bulkBatch; count++) this.#startReading(this.#bulky.take());
    }
    if (this.#size > 0) this.#schedule();
  }

  #readUnread(count: number): void {
    for (let left = count; left > 0; left--) {
      const next = this.#unread.take();
      if (next) this.onTurn(next);
      this.#startReading(next);
    }
  }

  /** Takes turns between those served before and the others, so that none waits long. */
  #readOthers(count: number): void {
    const left = this.#othersCount - count;
    while (this.#othersCount > left) {
      this.#startReading(this.#served.take());
      this.readNow(firstOf(this.#waiting));
    }
  }
}

function firstOf(sockets: Set<Socket>): Socket | undefined {
  const [first] = sockets;
  return first;
}
