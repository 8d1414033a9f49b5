// Knows every connection of a server and the answers it still owes, so that the server can end without cutting one off.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Owed = ServerResponse<IncomingMessage>;

/** A client that pipelines may be owed several answers on one connection: in the order of its requests, the last is the newest. */
export class Connections {
  readonly #owed = new Map<Socket, Set<Owed>>();
  readonly #newest = new WeakMap<Socket, IncomingMessage>();
  #phase: 'open' | 'draining' | 'closing' = 'open';
  #held: (() => void)[] | undefined;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#owed.set(socket, new Set());
      socket.on('close', () => this.#owed.delete(socket));
    });
  }

  /** The answers that this connection is still owed, oldest first. */
  owedOn(socket: Socket): Owed[] {
    return [...(this.#owed.get(socket) ?? [])];
  }

  /** Whether this connection was answered already for a request that it has not sent to its end. */
  isAhead(socket: Socket): boolean {
    const newest = this.#newest.get(socket);
    return newest !== undefined && !newest.complete && !this.owedOn(socket).some(({ req }) => req === newest);
  }

  /** To be called for each request. Gives false when it must not be handled, for its answer could not be sent: its connection is gone, or was told to close. */
  begin(response: Owed): boolean {
    const { socket } = response.req;
    const owed = this.#owed.get(socket);
    if (!owed || !socket.writable || (owed.size > 0 && [...owed].some(hasSaidClose))) return false;
    owed.add(response);
    this.#newest.set(socket, response.req);
    response.on('close', () => {
      owed.delete(response);
      if (this.#phase === 'closing' && owed.size === 0) socket.destroySoon();
    });
    if (this.#phase !== 'open') this.#markLast([...owed]);
    return true;
  }

  /** Runs the work now, or when nothing is held back any more. */
  whenOpen(work: () => void): void {
    if (this.#held) this.#held.push(work);
    else work();
  }

  /** Holds back the work of all requests until the function that it gives is called. */
  hold(): () => void {
    this.#held = [];
    return () => {
      const held = this.#held ?? [];
      this.#held = undefined;
      for (const work of held) work();
    };
  }

  /** From now on the newest answer of each connection says `Connection: close`. */
  drain(): void {
    this.#phase = 'draining';
    for (const owed of this.#owed.values()) this.#markLast([...owed]);
  }

  /** Closes every connection that is owed nothing, and the others when they have their answers. */
  close(): void {
    this.#phase = 'closing';
    for (const [socket, owed] of this.#owed) if (owed.size === 0) socket.destroy();
  }

  /** Closes every connection at once. Gives how many answers that cuts off. */
  cut(): number {
    let count = 0;
    for (const [socket, owed] of this.#owed) {
      count += owed.size;
      socket.destroy();
    }
    return count;
  }

  /** Node closes the connection after an answer that says `close`: said too early, it would cut off the answers behind it. */
  #markLast(owed: Owed[]): void {
    for (const [index, response] of owed.entries()) {
      if (!response.headersSent) response.setHeader('Connection', index === owed.length - 1 ? 'close' : 'keep-alive');
    }
  }
}

function hasSaidClose(response: Owed): boolean {
  return response.headersSent && response.getHeader('Connection') === 'close';
}
