// Sends the files of the site in turns: to write a page of 400 KB takes a millisecond or more, so that thousands of
// them would keep all other requests waiting.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { SmallRequests } from '../edge/exchange/small-requests.ts';

type Send = () => void;

/** Sends one file in a tick of the event loop, one of each connection after the other. New connections come first. */
export class SendTurns {
  /** The waiting responses of each connection, oldest first. The connection whose turn is next comes first. */
  readonly #waiting = new Map<Socket, Map<ServerResponse, Send>>();
  readonly #others = new SmallRequests();
  #isSending = false;

  /** Calls `send` when it is the turn of the response, but not once that is closed. */
  add(response: ServerResponse, send: Send): void {
    const { socket } = response.req;
    if (response.closed) return;
    const queue = this.#waiting.get(socket) ?? new Map<ServerResponse, Send>();
    this.#waiting.set(socket, queue.set(response, send));
    response.once('close', () => this.#remove(socket, response));
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.size > 0) {
      await this.#others.letPass();
      this.#sendNext();
    }
    this.#isSending = false;
  }

  #sendNext(): void {
    const [first] = this.#waiting;
    if (!first) return;
    const [socket, queue] = first;
    const [next] = queue;
    if (!next) return;
    const [response, send] = next;
    this.#remove(socket, response);
    // A connection that is added again comes last.
    if (this.#waiting.delete(socket)) this.#waiting.set(socket, queue);
    send();
  }

  #remove(socket: Socket, response: ServerResponse): void {
    const queue = this.#waiting.get(socket);
    queue?.delete(response);
    if (queue?.size === 0) this.#waiting.delete(socket);
  }
}
