// Large bodies are decompressed, parsed, validated and handled a few at a time: each takes milliseconds, and several
// times its size in memory, most of which nobody counts.
import type { ServerResponse } from 'node:http';
import { ApiError } from '../errors.ts';
import { unavailable } from '../memory/request-memory.ts';

/** In bytes, as sent. Smaller ones take less than a millisecond each. */
export const LARGE_BODY = 32_768;

/** One may wait for the database while the other is parsed. Each takes up to 20 MB. */
const AT_ONCE = 2;
/** A turn that takes longer waits for something else, such as a slow database, and ends for the others. */
const LONGEST_MS = 1000;

/** To be called when the response to the body is written. */
export type EndTurn = () => void;

/**
 * Bytes of the bodies of one client that wait, as sent: a third of the default of `CLIENT_MEMORY_MB`. With more, the
 * memory would end for others.
 */
const CLIENT_LIMIT = 16_777_216;

const QUEUE_MESSAGE =
  'Too many large requests from this client are queued. Retry after the number of seconds in Retry-After.';

type Begin = (endTurn: EndTurn) => void;

/** The bodies of one client that wait. */
interface Queue {
  /** With the bytes of each. */
  begins: Map<Begin, number>;
  bytes: number;
}

/**
 * Gives large bodies their turns: to one client after the other, so that nobody waits for all that another has sent,
 * and of each in the order in which they have arrived.
 */
export class LargeBodies {
  #free = AT_ONCE;
  /** By client. The one whose turn is next comes first. */
  readonly #waiting = new Map<string, Queue>();
  #isScheduled = false;

  /**
   * Resolves when it is the turn of a body, in a tick of the event loop in which no other turn begins. Rejects with
   * `MalformedJson` when its response is closed before: nobody counts the body any more, so nothing may hold it; and
   * with `Unavailable` when too much of the same client waits already.
   */
  takeTurn(response: ServerResponse, client: string, bytes: number): Promise<EndTurn> {
    const { promise, resolve, reject } = Promise.withResolvers<EndTurn>();
    const begin: Begin = (endTurn) => {
      response.off('close', giveUp);
      resolve(endTurn);
    };
    const giveUp = () => {
      this.#remove(client, begin);
      reject(new ApiError('MalformedJson', { message: 'The connection was closed before the body was parsed.' }));
    };
    const queue = this.#waiting.get(client) ?? { begins: new Map(), bytes: 0 };
    if (response.closed) giveUp();
    else if (queue.bytes + bytes > CLIENT_LIMIT) reject(unavailable(QUEUE_MESSAGE));
    else {
      response.once('close', giveUp);
      queue.begins.set(begin, bytes);
      queue.bytes += bytes;
      this.#waiting.set(client, queue);
      this.#schedule();
    }
    return promise;
  }

  #remove(client: string, begin: Begin): void {
    const queue = this.#waiting.get(client);
    if (!queue) return;
    queue.bytes -= queue.begins.get(begin) ?? 0;
    queue.begins.delete(begin);
    if (queue.begins.size === 0) this.#waiting.delete(client);
  }

  /** The next to begin. Its client is the last then. */
  #takeNext(): Begin | undefined {
    for (const [client, queue] of this.#waiting) {
      this.#waiting.delete(client);
      this.#waiting.set(client, queue);
      for (const begin of queue.begins.keys()) {
        this.#remove(client, begin);
        return begin;
      }
    }
    return undefined;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#free === 0 || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#beginNext());
  }

  #beginNext(): void {
    this.#isScheduled = false;
    const begin = this.#takeNext();
    if (!begin) return;
    this.#free--;
    let isOver = false;
    const endTurn = () => {
      clearTimeout(timer);
      if (isOver) return;
      isOver = true;
      this.#free++;
      this.#schedule();
    };
    const timer = setTimeout(endTurn, LONGEST_MS).unref();
    begin(endTurn);
    this.#schedule();
  }
}
