// Large bodies are decompressed, parsed, validated and handled a few at a time: each takes milliseconds, and several
// times its size in memory, most of which nobody counts.
import type { ServerResponse } from 'node:http';
import { ApiError } from '../errors.ts';

/** In bytes, as sent. Smaller ones take less than a millisecond each. */
export const LARGE_BODY = 32_768;

/** One may wait for the database while the other is parsed. Each takes up to 20 MB. */
const AT_ONCE = 2;
/** A turn that takes longer waits for something else, such as a slow database, and ends for the others. */
const LONGEST_MS = 1000;

/** To be called when the response to the body is written. */
export type EndTurn = () => void;

/** Gives large bodies their turns, in the order in which they have arrived. */
export class LargeBodies {
  #free = AT_ONCE;
  readonly #waiting = new Set<(endTurn: EndTurn) => void>();
  #isScheduled = false;

  /**
   * Resolves when it is the turn of a body, in a tick of the event loop in which no other turn begins. Rejects with
   * `MalformedJson` when its response is closed before: nobody counts the body any more, so nothing may hold it.
   */
  takeTurn(response: ServerResponse): Promise<EndTurn> {
    const { promise, resolve, reject } = Promise.withResolvers<EndTurn>();
    const begin = (endTurn: EndTurn) => {
      response.off('close', giveUp);
      resolve(endTurn);
    };
    const giveUp = () => {
      this.#waiting.delete(begin);
      reject(new ApiError('MalformedJson', { message: 'The connection was closed before the body was parsed.' }));
    };
    if (response.closed) giveUp();
    else {
      response.once('close', giveUp);
      this.#waiting.add(begin);
      this.#schedule();
    }
    return promise;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#free === 0 || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#beginNext());
  }

  #beginNext(): void {
    this.#isScheduled = false;
    const [begin] = this.#waiting;
    if (!begin) return;
    this.#waiting.delete(begin);
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
