// Takes turns in parsing the first data of connections. Their clients are known before, by the credentials in it, so
// that one that opens thousands of connections does not keep the new connection of another waiting.
import type { Socket } from 'node:net';
import { freeMemory } from '../../../edge/body/large-buffer.ts';
import { clientWith } from '../../../edge/exchange/known-credentials.ts';
import { clientOf, noteClient } from '../../../edge/exchange/socket-clients.ts';
import { BothEnds } from '../../../edge/queues/both-ends.ts';
import { ClientQueue } from '../../../edge/queues/client-queue.ts';
import { handleOf, isReset } from './socket-handle.ts';

/** The maximum time in milliseconds for which one tick of the event loop parses first data. */
const TICK_MS = 10;
/** The maximum number of connections that have their turn in one tick. */
const TURNS_PER_TICK = 256;

/** The end of a header: RFC 9112, section 2.1. */
const HEADER_END = '\r\n\r\n';
/** The maximum number of bytes in which the credentials are looked for. Larger headers are rejected. */
const HEADER_LIMIT = 16_384;
const AUTHORIZATION = /\r\nauthorization:[ \t]*([^\r\n]*)/i;

/** The first data of a connection, and what parses it. */
interface HeldData {
  chunk: Buffer;
  parse: () => void;
}

/** The connections whose first data waits to be parsed, one of each client after the other. */
export class FirstRequests {
  /** Connections whose credentials are not known take the turns of one client together. */
  readonly #waiting = new ClientQueue<Socket>(clientOf, () => new BothEnds());
  readonly #held = new Map<Socket, HeldData>();
  readonly #mustYield: () => boolean;
  readonly #resume: (socket: Socket) => void;
  #isScheduled = false;
  /** The time for which this tick has parsed first data. */
  #usedMs = 0;
  /** When the first turn of this tick began; undefined before. */
  #beganMs: number | undefined;

  /**
   * `mustYield` returns whether there is something more urgent in this tick. `resume` is called after the turn of a
   * connection that had to wait: until then, nothing more must be read from it.
   */
  constructor(mustYield: () => boolean, resume: (socket: Socket) => void) {
    this.#mustYield = mustYield;
    this.#resume = resume;
  }

  /** Parses the first data of a connection at once if there is time and no other waits, or else later. */
  add(socket: Socket, chunk: Buffer, parse: () => void): void {
    const authorization = authorizationIn(chunk);
    noteClient(socket, authorization === undefined ? undefined : clientWith(authorization));
    this.#schedule();
    if (this.#waiting.size === 0 && this.#usedMs < TICK_MS && !this.#mustYield()) {
      const startedMs = performance.now();
      parse();
      this.#usedMs += performance.now() - startedMs;
      return;
    }
    handleOf(socket)?.readStop();
    this.#held.set(socket, { chunk, parse });
    this.#waiting.add(socket);
  }

  has(socket: Socket): boolean {
    return this.#held.has(socket);
  }

  /** Must be called when a connection is closed. */
  delete(socket: Socket): void {
    const held = this.#held.get(socket);
    if (!held) return;
    this.#held.delete(socket);
    this.#waiting.delete(socket);
    // Otherwise, its memory would be held until the next garbage collection.
    freeMemory(held.chunk);
  }

  /** Parses the first data of a connection at once, although it is not its turn. */
  parseNow(socket: Socket): void {
    const held = this.#held.get(socket);
    if (!held) return;
    this.#held.delete(socket);
    this.#waiting.delete(socket);
    held.parse();
    this.#resume(socket);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#tick());
  }

  /** Gives each turn in a callback of its own, because Node runs the microtasks of one before the next. */
  #tick(): void {
    this.#isScheduled = false;
    this.#usedMs = 0;
    this.#beganMs = undefined;
    const turns = this.#mustYield() ? 0 : Math.min(this.#waiting.size, TURNS_PER_TICK);
    for (let left = turns; left > 0; left--) setImmediate(() => this.#takeTurn());
    if (this.#waiting.size > 0) this.#schedule();
  }

  #takeTurn(): void {
    const nowMs = performance.now();
    this.#beganMs ??= nowMs;
    if (nowMs - this.#beganMs > TICK_MS) return;
    const next = this.#takeOpen();
    if (next) this.parseNow(next);
  }

  #takeOpen(): Socket | undefined {
    let next = this.#waiting.take();
    while (next && isReset(next)) {
      this.delete(next);
      next.destroy();
      next = this.#waiting.take();
    }
    return next;
  }
}

/** Returns the `Authorization` header in the first data of a connection; undefined if its header is incomplete. */
function authorizationIn(chunk: Buffer): string | undefined {
  const end = chunk.indexOf(HEADER_END, 0, 'latin1');
  if (end === -1) return undefined;
  return AUTHORIZATION.exec(chunk.toString('latin1', 0, Math.min(end, HEADER_LIMIT)))?.[1]?.trimEnd();
}
