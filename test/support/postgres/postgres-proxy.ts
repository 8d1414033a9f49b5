// A proxy in front of PostgreSQL that counts round trips, and closes connections and drops packets like a broken
// network.
import { connect, createServer, type Socket } from 'node:net';

export interface PostgresProxy {
  /** The URL of the database through this proxy. */
  url: string;
  /**
   * Number of completed round trips. `ReadyForQuery` ends each response
   * (https://www.postgresql.org/docs/18/protocol-flow.html).
   */
  roundTrips(): number;
  /** The number of open connections. */
  connections(): number;
  /** Closes all connections. */
  cut(): void;
  /** Closes the next connection that gets the end of a response, instead of passing it on. */
  loseNextResponse(): void;
  /** Holds back all data, on open and new connections, without closing them. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** Starts a proxy for a database URL without TLS. */
export async function startPostgresProxy(to: string): Promise<PostgresProxy> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  let frozen = false;
  let losesNext = false;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const count = createCounter(() => {
      roundTrips++;
      if (losesNext) client.destroy();
      losesNext = false;
    });
    upstream.on('data', count);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()); // Closes the other end too.
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (frozen) socket.cork();
    }
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  const url = new URL(to);
  url.host = `127.0.0.1:${address.port}`;

  return {
    url: url.href,
    roundTrips: () => roundTrips,
    connections: () => sockets.size / 2,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    loseNextResponse: () => {
      losesNext = true;
    },
    freeze: () => {
      // A corked socket keeps written data in memory.
      frozen = true;
      for (const socket of sockets) socket.cork();
    },
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.uncork();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((settle) => server.close(settle));
    },
  };
}

/** Parses server messages: one byte for the type, four for the length, which includes itself. */
function createCounter(found: () => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = 1 + rest.readUInt32BE(1);
      if (rest.length < length) return;
      if (rest[0] === READY_FOR_QUERY) found();
      rest = rest.subarray(length);
    }
  };
}
