// Knows every connection of a server and the answers it still owes, so that the server can end without cutting one off.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Owed = ServerResponse<IncomingMessage>;

interface Waiting {
  response: Owed;
  work: () => void;
}

/**
 * Requests of one connection that are handled at once. A client can send thousands in one packet, and read no answer; so many creates share a commit
 * all the same.
 */
const AT_ONCE = 16;
/** Those that wait behind them. No client has a use for so many, and each costs 5 KB; who sends more is cut off. */
const WAITING = 256;

/** What is known of one connection. */
interface Connection {
  /** A client that pipelines may be owed several answers: in the order of its requests, the last is the newest. */
  owed: Set<Owed>;
  /** Of those that are owed, the ones that nobody works on yet. */
  waiting: Waiting[] | undefined;
  /** Its newest request, until that is answered and has come to its end: kept longer, each would be old to V8 when its garbage is collected. */
  newest: IncomingMessage | undefined;
  /** Listens for the end of each of its answers: one function for all, so that a request adds none of its own. */
  onClose(this: Owed): void;
}

/** All connections of a server, and what they are owed. */
export class Connections {
  readonly #open = new Map<Socket, Connection>();
  #phase: 'open' | 'draining' | 'closing' = 'open';
  #held: (() => void)[] | undefined;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const connection = this.#newConnection(socket);
      this.#open.set(socket, connection);
      socket.on('close', () => {
        this.#open.delete(socket);
        connection.waiting = undefined;
      });
    });
  }

  #newConnection(socket: Socket): Connection {
    const endOne = (response: Owed) => {
      connection.owed.delete(response);
      if (connection.newest?.complete) connection.newest = undefined;
      this.#handleNext(connection);
      if (this.#phase === 'closing' && connection.owed.size === 0) socket.destroySoon();
    };
    const connection: Connection = {
      owed: new Set(),
      waiting: undefined,
      newest: undefined,
      onClose() {
        endOne(this);
      },
    };
    return connection;
  }

  /** The answers that this connection is still owed, oldest first. */
  owedOn(socket: Socket): Owed[] {
    return [...(this.#open.get(socket)?.owed ?? [])];
  }

  /** Whether this connection was answered already for a request that it has not sent to its end. */
  isAhead(socket: Socket): boolean {
    const newest = this.#open.get(socket)?.newest;
    return newest !== undefined && !newest.complete && !this.owedOn(socket).some(({ req }) => req === newest);
  }

  /**
   * To be called for each request; what it gives is for `handle`. Gives nothing when the request must not be handled, for its answer could not be sent: its
   * connection is gone, or was told to close.
   */
  begin(response: Owed): Connection | undefined {
    const { socket } = response.req;
    const connection = this.#open.get(socket);
    if (!connection || !socket.writable) return undefined;
    const { owed } = connection;
    if (owed.size > 0 && [...owed].some(hasSaidClose)) return undefined;
    owed.add(response);
    connection.newest = response.req;
    response.on('close', connection.onClose);
    if (this.#phase !== 'open') this.#markLast([...owed]);
    return connection;
  }

  /** Runs the work now, or when the client has taken some of its earlier answers and nothing is held back any more. */
  handle(connection: Connection, response: Owed, work: () => void): void {
    const { owed, waiting } = connection;
    if (owed.size - (waiting?.length ?? 0) <= AT_ONCE) this.#whenOpen(work);
    else if (!waiting) connection.waiting = [{ response, work }];
    else if (waiting.length < WAITING) waiting.push({ response, work });
    else response.req.socket.destroy();
  }

  #handleNext(connection: Connection): void {
    const { owed, waiting } = connection;
    if (!waiting) return;
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      // It may have been answered meanwhile, because the rest of it did not arrive.
      if (!owed.has(next.response) || next.response.headersSent) continue;
      this.#whenOpen(next.work);
      return;
    }
    connection.waiting = undefined;
  }

  #whenOpen(work: () => void): void {
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
    for (const { owed } of this.#open.values()) this.#markLast([...owed]);
  }

  /** Closes every connection that is owed nothing, and the others when they have their answers. */
  close(): void {
    this.#phase = 'closing';
    for (const [socket, { owed }] of this.#open) if (owed.size === 0) socket.destroy();
  }

  /** For a connection on which nothing has moved for so long: closes it when the client asks nothing, or does not take its answer, but not when it waits for one. */
  closeUnlessWaiting(socket: Socket, againMs: number): void {
    if (this.#open.get(socket)?.owed.size && socket.writableLength === 0) socket.setTimeout(againMs);
    else socket.destroy();
  }

  /** Closes every connection at once. Gives how many answers that cuts off. */
  cut(): number {
    let count = 0;
    for (const [socket, { owed }] of this.#open) {
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

/** Whether the connection closes behind this response, and nothing can change that any more. */
export function hasSaidClose(response: Owed): boolean {
  return !response.shouldKeepAlive || (response.headersSent && response.getHeader('Connection') === 'close');
}
