// Takes turns in reading from connections. Node reads up to 2 MiB from one of them before it looks at the next, and
// handles everything that has arrived on thousands of them in one tick. A few hundred clients that send without a
// pause, or thousands that send at the same time, would keep others waiting for many seconds.
import type { Socket } from 'node:net';
import { ClientQueue } from '../../../edge/client-queue.ts';
import { clientOf } from '../../../edge/exchange/socket-clients.ts';
import { ReadShare } from './read-share.ts';

/** The maximum number of bytes that Node reads at once. After such a read, more data is probably waiting. */
const FULL_READ_BYTES = 65_536;
/**
 * The maximum time in milliseconds for which one tick of the event loop reads from connections that have sent little,
 * and the minimum number of them that are read in one tick. Further ones wait.
 */
const OTHERS = { maxMs: 6, minBatch: 8 };
/** The same for those that have sent much. A read of 64 KB takes a millisecond or two. */
const BULK = { maxMs: 4, minBatch: 4 };
/**
 * The average number of bytes in the last reads of a connection that has sent much, so that it is read in turns of its
 * own: that of requests with some hundred members.
 */
const BULK_BYTES = 8192;
/** The weight of the last read in that average. */
const LAST_READ_WEIGHT = 1 / 4;
/** The number of waiting connections above which reading is behind: a fifth of those for which there is memory. */
const BEHIND = 1000;
/** The maximum number of connections in the list of unread ones that have been read or closed since. */
const MAX_OUTDATED = 1024;

/** The part of Node's undocumented handle of a socket that is used. `reading`: whether the socket wants more. */
interface Handle {
  reading?: boolean;
  readStart(): void;
  readStop(): void;
}

/** Returns the handle of a socket that is open. */
function handleOf(socket: Socket): Handle | undefined {
  // Node's types do not declare it.
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}

/** The connections that wait for their turn to be read. */
export class BulkReads {
  /** The waiting connections that have not had a response, in the order of their turns. */
  readonly #waiting = new Set<Socket>();
  /** Those that have had one. They take turns of their own, because thousands of new ones may wait before them. */
  readonly #served = new ClientQueue<Socket>(clientOf);
  /** Those that have sent much. The others must not wait until these have been read. */
  readonly #bulky = new ClientQueue<Socket>(clientOf);
  /** The average number of bytes in the last reads of each connection for which it exceeds `BULK_BYTES`. */
  readonly #averages = new Map<Socket, number>();
  /** Connections that had not been read when they were added, newest last. Some have been read or closed since. */
  #unread: Socket[] = [];
  readonly #open: () => Iterable<Socket>;
  readonly #mustYield: () => boolean;
  #isScheduled = false;
  readonly #othersShare = new ReadShare(OTHERS);
  readonly #bulkShare = new ReadShare(BULK);
  /** The share of the last chunk of this tick; undefined before the first. */
  #lastShare: ReadShare | undefined;
  /** When that was read. */
  #lastMs = 0;

  /** `open` returns all open connections, `mustYield` whether there is something more urgent in this tick. */
  constructor(open: () => Iterable<Socket>, mustYield: () => boolean) {
    this.#open = open;
    this.#mustYield = mustYield;
  }

  /** Must be called with each chunk, before it is parsed. After a full one, the connection waits for its turn. */
  onChunk(socket: Socket, chunk: Buffer): void {
    this.#average(socket, chunk.length);
    if (chunk.length >= FULL_READ_BYTES) this.#wait(socket);
    const nowMs = performance.now();
    if (!this.#lastShare) this.#schedule();
    else if (this.#lastShare.use(nowMs - this.#lastMs)) this.#stopReading(this.#lastShare);
    this.#lastShare = this.#shareOf(socket);
    this.#lastShare.addReader(socket);
    this.#lastMs = nowMs;
  }

  #shareOf(socket: Socket): ReadShare {
    return this.#averages.has(socket) ? this.#bulkShare : this.#othersShare;
  }

  /** Stops reading from all connections, or from those that have sent much. */
  #stopReading(share: ReadShare): void {
    const sockets = share.takeReaders(() => (share === this.#bulkShare ? this.#averages.keys() : this.#open()));
    // What arrives after the last response is only discarded.
    for (const each of sockets) if (!each.writableEnded) this.#wait(each);
  }

  /** Whether so many connections without a response wait that no burst of new ones should be accepted. */
  get isBehind(): boolean {
    return this.#waiting.size > BEHIND;
  }

  /** Whether a connection is not read until it is its turn. */
  isWaiting(socket: Socket): boolean {
    return this.#waiting.has(socket) || this.#served.has(socket) || this.#bulky.has(socket);
  }

  get #size(): number {
    return this.#othersCount + this.#bulky.size;
  }

  get #othersCount(): number {
    return this.#waiting.size + this.#served.size;
  }

  /** Must be called when a connection is closed. Otherwise its memory would be held until its turn. */
  delete(socket: Socket): void {
    this.#averages.delete(socket);
    for (const share of [this.#othersShare, this.#bulkShare]) share.deleteReader(socket);
    if (!this.#remove(socket)) return;
    if (this.#unread.length > this.#waiting.size + MAX_OUTDATED)
      this.#unread = this.#unread.filter((each) => this.#waiting.has(each));
  }

  /** Reads a connection at once, although it is not its turn. */
  readNow(socket: Socket | undefined): void {
    if (socket && this.#remove(socket)) this.#startReading(socket);
  }

  #startReading(socket: Socket | undefined): void {
    const handle = socket && handleOf(socket);
    if (!socket || !handle?.reading) return;
    handle.readStart();
    this.#shareOf(socket).addReader(socket);
  }

  #remove(socket: Socket): boolean {
    return this.#waiting.delete(socket) || this.#served.delete(socket) || this.#bulky.delete(socket);
  }

  #average(socket: Socket, bytes: number): void {
    const known = this.#averages.get(socket) ?? 0;
    const average = known + (bytes - known) * LAST_READ_WEIGHT;
    if (average > BULK_BYTES) this.#averages.set(socket, average);
    else if (known > 0) this.#averages.delete(socket);
  }

  #queueOf(socket: Socket): { add(socket: Socket): void } {
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
    if (socket.bytesRead === 0) this.#unread.push(socket);
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
    if (!this.#mustYield()) {
      this.#readOthers(othersBatch);
      for (let count = 0; count < bulkBatch; count++) this.#startReading(this.#bulky.take());
    }
    if (this.#size > 0) this.#schedule();
    else this.#unread = [];
  }

  /** Takes turns between those served before, the newest and the oldest, so that none waits long for the others. */
  #readOthers(count: number): void {
    const left = this.#othersCount - count;
    while (this.#othersCount > left) {
      this.#startReading(this.#served.take());
      this.readNow(this.#takeNewest());
      this.readNow(firstOf(this.#waiting));
    }
  }

  #takeNewest(): Socket | undefined {
    let newest = this.#unread.pop();
    while (newest && !this.#waiting.has(newest)) newest = this.#unread.pop();
    return newest ?? firstOf(this.#waiting);
  }
}

function firstOf(sockets: Set<Socket>): Socket | undefined {
  const [first] = sockets;
  return first;
}
