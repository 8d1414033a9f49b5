// Schedules bodies, so that only a few are decompressed, parsed, validated and handled at a time: each takes
// milliseconds, and several times its size in memory, most of which is not counted.
import type { ServerResponse } from 'node:http';
import { ApiError, unavailable } from '../errors.ts';
import type { RequestMemory } from '../memory/request-memory.ts';

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
  response: ServerResponse;
  client: string;
  bytes: number;
  memory: RequestMemory;
}

type Begin = (endTurn: EndTurn) => void;

/** The waiting bodies of one client: the functions that begin each turn, with the size of its body. */
type Queue = Map<Begin, number>;

/**
 * Gives turns to bodies, round-robin between clients so that no client waits for everything that another has sent, and
 * in the order of arrival for each client.
 */
export class BodyTurns {
  #free = AT_ONCE;
  /** The queues, keyed by client. The client whose turn is next comes first. */
  readonly #waiting = new Map<string, Queue>();
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
  takeTurn({ response, client, bytes, memory }: WaitingBody): Promise<EndTurn> {
    const { promise, resolve, reject } = Promise.withResolvers<EndTurn>();
    const endWaiting = () => {
      response.off('close', onClose);
      memory.endWaiting();
    };
    const begin: Begin = (endTurn) => {
      endWaiting();
      resolve(endTurn);
    };
    const giveUp = (error: ApiError) => {
      endWaiting();
      this.#remove(client, begin);
      reject(error);
    };
    const onClose = () => giveUp(closedWhileWaiting());
    const queue: Queue = this.#waiting.get(client) ?? new Map();
    const waitingBytes = (this.#waitingBytes.get(client) ?? 0) + bytes;
    if (response.closed) reject(closedWhileWaiting());
    else if (waitingBytes > CLIENT_LIMIT) reject(unavailable({ message: QUEUE_MESSAGE }));
    else {
      response.once('close', onClose);
      memory.beginWaiting(giveUp);
      queue.set(begin, bytes);
      this.#waitingBytes.set(client, waitingBytes);
      this.#waiting.set(client, queue);
      this.#schedule();
    }
    return promise;
  }

  #remove(client: string, begin: Begin): void {
    const queue = this.#waiting.get(client);
    const bytes = queue?.get(begin);
    if (!queue || bytes === undefined) return;
    queue.delete(begin);
    if (queue.size === 0) this.#waiting.delete(client);
    const left = (this.#waitingBytes.get(client) ?? 0) - bytes;
    if (left > 0) this.#waitingBytes.set(client, left);
    else this.#waitingBytes.delete(client);
  }

  /** Removes and returns the next body. Its client moves to the end of the queue. */
  #takeNext(): Begin | undefined {
    for (const [client, queue] of this.#waiting) {
      this.#waiting.delete(client);
      this.#waiting.set(client, queue);
      for (const begin of queue.keys()) {
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

function closedWhileWaiting(): ApiError {
  return new ApiError('MalformedJson', { message: 'The connection was closed before the body was parsed.' });
}
