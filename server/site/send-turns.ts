// Sends the files of the site in turns: to write a page of 400 KB takes a millisecond or more, so that thousands of
// them would keep all other requests waiting.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SmallRequests } from '../edge/exchange/small-requests.ts';
import { memoryOf } from '../edge/memory/request-memory.ts';

/** Gives turns to responses: one in each tick of the event loop, one of each connection after the other. */
export class SendTurns {
  /** The functions that begin each turn, oldest first, by connection. The connection whose turn is next comes first. */
  readonly #waiting = new Map<Socket, Map<ServerResponse, () => void>>();
  readonly #others = new SmallRequests();
  #isRunning = false;

  /**
   * Resolves when it is the turn of the response, after connections that are arriving. Rejects with `Unavailable` when
   * its memory is needed for other requests. Never settles for one that is closed by then, or whose request has
   * meanwhile been rejected, as when its rest is malformed.
   */
  take(response: ServerResponse): Promise<void> {
    const { socket } = response.req;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (response.closed) return promise;
    const memory = memoryOf(response.req, response);
    const begin = () => {
      memory.endWaiting();
      resolve();
    };
    const queue = this.#waiting.get(socket) ?? new Map<ServerResponse, () => void>();
    this.#waiting.set(socket, queue.set(response, begin));
    memory.beginWaiting((error) => {
      this.#remove(socket, response);
      if (!response.headersSent) reject(error);
    });
    response.once('close', () => this.#remove(socket, response));
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0) {
      await this.#others.letPass();
      this.#beginNext();
    }
    this.#isRunning = false;
  }

  #beginNext(): void {
    const [first] = this.#waiting;
    if (!first) return;
    const [socket, queue] = first;
    const [next] = queue;
    if (!next) return;
    const [response, begin] = next;
    this.#remove(socket, response);
    // A connection that is added again comes last.
    if (this.#waiting.delete(socket)) this.#waiting.set(socket, queue);
    if (!response.headersSent) begin();
  }

  #remove(socket: Socket, response: ServerResponse): void {
    const queue = this.#waiting.get(socket);
    queue?.delete(response);
    if (queue?.size === 0) this.#waiting.delete(socket);
  }
}
