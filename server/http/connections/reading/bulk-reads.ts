// Takes turns in reading from connections. Node reads up to 2 MiB from one of them before it looks at the next, and
// handles everything that has arrived on thousands of them in one tick. A few hundred clients that send without a
// pause, or thousands that send at the same time, would keep others waiting for many seconds.
import type { Socket } from 'node:net';

/** The maximum number of bytes that Node reads at once. After such a read, more data is probably waiting. */
const FULL_READ_BYTES = 65_536;
/** The maximum time in milliseconds for which one tick of the event loop reads. Further connections wait. */
const READ_MS = 20;
/** The minimum number of waiting connections that are read in one tick. It doubles while they do not fill a tick. */
const MIN_BATCH = 8;
/** The maximum of that number. */
const MAX_BATCH = 1024;
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
  readonly #served = new Set<Socket>();
  /** Connections that had not been read when they were added, newest last. Some have been read or closed since. */
  #unread: Socket[] = [];
  readonly #open: () => Iterable<Socket>;
  readonly #mustYield: () => boolean;
  #isScheduled = false;
  /** When this tick began to read; undefined before. */
  #sinceMs: number | undefined;
  /** Whether this tick has read for `READ_MS`. */
  #isOver = false;
  #batch = MIN_BATCH;

  /** `open` returns all open connections, `mustYield` whether there is something more urgent in this tick. */
  constructor(open: () => Iterable<Socket>, mustYield: () => boolean) {
    this.#open = open;
    this.#mustYield = mustYield;
  }

  /** Must be called with each chunk, before it is parsed. After a full one, the connection waits for its turn. */
  onChunk(socket: Socket, chunk: Buffer): void {
    if (chunk.length >= FULL_READ_BYTES) this.#wait(socket);
    if (this.#sinceMs === undefined) {
      this.#sinceMs = performance.now();
      this.#schedule();
    } else if (!this.#isOver && performance.now() - this.#sinceMs > READ_MS) {
      this.#isOver = true;
      // What arrives after the last response is only discarded.
      for (const each of this.#open()) if (!each.writableEnded) this.#wait(each);
    }
  }

  /** Whether so many connections wait that no burst of new ones should be accepted. */
  get isBehind(): boolean {
    return this.#size > BEHIND;
  }

  /** Whether a connection is not read until it is its turn. */
  isWaiting(socket: Socket): boolean {
    return this.#waiting.has(socket) || this.#served.has(socket);
  }

  get #size(): number {
    return this.#waiting.size + this.#served.size;
  }

  /** Must be called when a connection is closed. Otherwise its memory would be held until its turn. */
  delete(socket: Socket): void {
    if (!this.#remove(socket)) return;
    if (this.#unread.length > this.#waiting.size + MAX_OUTDATED)
      this.#unread = this.#unread.filter((each) => this.#waiting.has(each));
  }

  /** Reads a connection at once, although it is not its turn. */
  readNow(socket: Socket | undefined): void {
    if (!socket || !this.#remove(socket)) return;
    const handle = handleOf(socket);
    if (handle?.reading) handle.readStart();
  }

  #remove(socket: Socket): boolean {
    return this.#waiting.delete(socket) || this.#served.delete(socket);
  }

  #wait(socket: Socket): void {
    const handle = handleOf(socket);
    // The socket is paused, and its reader resumes it.
    if (!handle?.reading) return;
    handle.readStop();
    if (this.isWaiting(socket)) return;
    (socket.bytesWritten > 0 ? this.#served : this.#waiting).add(socket);
    if (socket.bytesRead === 0) this.#unread.push(socket);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#endTick());
  }

  #endTick(): void {
    this.#isScheduled = false;
    this.#batch = this.#isOver || this.#size === 0 ? MIN_BATCH : Math.min(MAX_BATCH, this.#batch * 2);
    this.#sinceMs = undefined;
    this.#isOver = false;
    const batch = this.#mustYield() ? 0 : this.#batch;
    const left = Math.max(0, this.#size - batch);
    while (this.#size > left) {
      // Takes turns between those served before, the newest and the oldest, so that none waits long for the others.
      this.readNow(firstOf(this.#served));
      this.readNow(this.#takeNewest());
      this.readNow(firstOf(this.#waiting));
    }
    if (this.#size > 0) this.#schedule();
    else this.#unread = [];
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
