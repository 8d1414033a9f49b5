// Schedules bodies, so that only a few are decompressed, parsed, validated and handled at a time: each takes
// milliseconds, and several times its size in memory, most of which is not counted.

import { unavailable } from '../errors.ts';
import type { RequestMemory } from '../memory/request-memory.ts';
import { ClientQueue } from '../queues/client-queue.ts';

/**
 * The number of concurrent turns: one body may wait for the database while another is parsed. Each takes up to 20 MB.
 */
const AT_ONCE = 2;
/**
 * The maximum length of a turn. A longer one is waiting for something such as a slow database, and must not block
 * others.
 */
const LONGEST_MS = 1000;

/** Ends a turn. Must be called when the response to the body has been written. */
export type EndTurn = () => void;

/**
 * The maximum number of bytes, before decompression, in waiting bodies of one client: a third of the default of
 * `CLIENT_MEMORY_MB`, so that one client cannot use up the memory for all.
 */
const CLIENT_LIMIT = 16_777_216;

const QUEUE_MESSAGE =
  'Too many large requests from this client are queued. Retry after the number of seconds in Retry-After.';

/** A body that waits for its turn. `bytes` is its size before decompression, `memory` what its request holds. */
export interface WaitingBody {
  client: string;
  bytes: number;
  memory: RequestMemory;
}

interface Turn {
  client: string;
  bytes: number;
  begin: (endTurn: EndTurn) => void;
}

/**
 * Gives turns to bodies, round-robin between clients so that no client waits for everything that another has sent, and
 * in the order of arrival for each client.
 */
export class BodyTurns {
  #free = AT_ONCE;
  readonly #waiting = new ClientQueue<Turn>(({ client }) => client);
  readonly #waitingBytes: Map<string, number>;
  #isScheduled = false;

  /** `waitingBytes`: the bytes of the waiting bodies of each client, which turns of several sizes may share. */
  constructor(waitingBytes = new Map<string, number>()) {
    this.#waitingBytes = waitingBytes;
  }

  /**
   * Resolves when it is the turn of a body, in a tick of the event loop in which no other turn begins. Rejects with
   * `Unavailable` when too much of the same client is already waiting, or when its memory is needed for others, and
   * with `MalformedJson` when its response closes first. Its memory is then no longer counted and must be released.
   */
  takeTurn({ client, bytes, memory }: WaitingBody): Promise<EndTurn> {
    const { promise, resolve, reject } = Promise.withResolvers<EndTurn>();
    const waitingBytes = (this.#waitingBytes.get(client) ?? 0) + bytes;
    if (waitingBytes > CLIENT_LIMIT) reject(unavailable({ message: QUEUE_MESSAGE }));
    else {
      const begin = (endTurn: EndTurn) => {
        memory.endWaiting();
        resolve(endTurn);
      };
      const turn: Turn = { client, bytes, begin };
      this.#waitingBytes.set(client, waitingBytes);
      this.#waiting.add(turn);
      this.#schedule();
      memory.beginWaiting((error) => {
        if (this.#waiting.delete(turn)) this.#release(turn);
        reject(error);
      });
    }
    return promise;
  }

  #release({ client, bytes }: Turn): void {
    const left = (this.#waitingBytes.get(client) ?? 0) - bytes;
    if (left > 0) this.#waitingBytes.set(client, left);
    else this.#waitingBytes.delete(client);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#free === 0 || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#beginNext());
  }

  #beginNext(): void {
    this.#isScheduled = false;
    const turn = this.#waiting.take();
    if (!turn) return;
    this.#release(turn);
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
    turn.begin(endTurn);
    this.#schedule();
  }
}
