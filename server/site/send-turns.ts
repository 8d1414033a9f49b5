// Sends the files of the site in turns: to write a page of 400 KB takes a millisecond or more, so that thousands of
// them would keep all other requests waiting.
import type { ServerResponse } from 'node:http';
import { SmallRequests } from '../edge/exchange/small-requests.ts';
import { memoryOf } from '../edge/memory/request-memory.ts';
import { ClientQueue } from '../edge/queues/client-queue.ts';

/** Gives turns to responses: one in each tick of the event loop, one of each connection after the other. */
export class SendTurns {
  readonly #waiting = new ClientQueue<Turn>(({ response }) => response.req.socket);
  readonly #others = new SmallRequests();
  #isRunning = false;

  /**
   * Resolves when it is the turn of the response, after connections that are arriving. Rejects with `Unavailable` when
   * its memory is needed for other requests. Never settles for one that is closed by then, or whose request has
   * meanwhile been rejected, as when its rest is malformed.
   */
  take(response: ServerResponse): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (response.closed) return promise;
    const memory = memoryOf(response.req, response);
    const begin = () => {
      memory.endWaiting();
      resolve();
    };
    const turn = { response, begin };
    this.#waiting.add(turn);
    memory.beginWaiting((error) => {
      this.#waiting.delete(turn);
      if (!response.headersSent && error.type === 'Unavailable') reject(error);
    });
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
    const turn = this.#waiting.take();
    if (turn && !turn.response.headersSent) turn.begin();
  }
}

interface Turn {
  response: ServerResponse;
  begin: () => void;
}
