// A pooler with fewer connections than the pool may open: calls wait for the available ones.
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { parseDatabaseUrl } from '../../../../server/store/postgres/address/url.ts';
import { ConnectionPool } from '../../../../server/store/postgres/connection/connection-pool.ts';

/** Encodes a message of the server: https://www.postgresql.org/docs/current/protocol-message-formats.html. */
function message(type: string, body: string | Buffer = ''): Buffer {
  const header = Buffer.alloc(5, type);
  header.writeUInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

const READY = message('Z', 'I');
const LOGGED_IN = Buffer.concat([message('R', Buffer.alloc(4)), READY]);
const fatal = (text: string) => message('E', `SFATAL\0VFATAL\0C08P01\0M${text}\0\0`);

interface PoolerOptions {
  /** The number of connections that it serves at the same time. */
  served: number;
  /** The message to other connections. */
  refusal?: string;
  /** The message that ends each connection at its first transaction. */
  atBegin?: string;
}

/** Starts a pooler that responds to each statement with its first word. Its options may change. */
async function startPooler(options: PoolerOptions): Promise<string> {
  const { served, refusal = '' } = options;
  const open = new Set<Socket>();
  const all = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    all.add(socket);
    const isServed = open.size < served;
    if (isServed) open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.once('data', () => {
      if (!isServed) return socket.end(fatal(refusal));
      socket.write(LOGGED_IN);
      socket.on('data', (data) => respond(socket, data, options.atBegin));
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  onTestFinished(() => {
    for (const socket of all) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  return `postgres://app@127.0.0.1:${address.port}/app`;
}

function respond(socket: Socket, data: Buffer, atBegin: string | undefined): void {
  for (let at = 0; at < data.length; at += 1 + data.readUInt32BE(at + 1)) {
    if (data[at] !== 'Q'.charCodeAt(0)) continue;
    const word = /\w+/.exec(data.toString('latin1', at + 5))?.[0] ?? '';
    if (word === 'BEGIN' && atBegin !== undefined) return void socket.end(fatal(atBegin));
    // The delay is long enough for others to find no connection.
    setTimeout(() => socket.write(Buffer.concat([message('C', `${word}\0`), READY])), 1);
  }
}

function openPool(url: string, timeoutMs: number): ConnectionPool {
  const options = { poolSize: 5, timeoutMs, idleTimeoutMs: 1000, pooled: true };
  const pool = new ConnectionPool(parseDatabaseUrl(url, {}), options);
  onTestFinished(() => pool.close());
  return pool;
}

const call = (pool: ConnectionPool) => pool.run((query) => query({ text: 'SELECT 1' }), { repeatable: false });

it.each([
  ['refuses more with max_client_conn', { refusal: 'no more connections allowed (max_client_conn)' }],
  [
    'refuses more with max_db_client_connections',
    { refusal: 'client connections exceeded (max_db_client_connections)' },
  ],
])('serves all calls on the connections of a pooler that %s', async (_, options) => {
  const pool = openPool(await startPooler({ served: 2, ...options }), 10_000);

  const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => call(pool)));

  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
});

it.each([
  [
    { served: 0, refusal: 'no more connections allowed (max_client_conn)' },
    'resources',
    /^PgBouncer has no connection left \(no more connections allowed \(max_client_conn\)\): .+ max_client_conn of Pg/,
  ],
  [
    { served: 9, atBegin: 'query_wait_timeout' },
    'resources',
    /^PgBouncer had no connection to PostgreSQL in time \(query_wait_timeout\)\. Raise its default_pool_size/,
  ],
  [
    { served: 9, atBegin: 'server login has been failing, try again later (server_login_retry)' },
    'connection',
    /^PostgreSQL cannot do this at the moment \(08P01\)/,
  ],
])('rejects a call with the cause when there is none within its time limit: %o', async (options, kind, text) => {
  // A busy machine needs this long to connect.
  const pool = openPool(await startPooler(options), 1000);

  await expect(call(pool)).rejects.toMatchObject({ kind, message: expect.stringMatching(text) });
});

it('serves a call later in the time limit, after a connection to PostgreSQL was not there in time', async () => {
  const options: PoolerOptions = { served: 9, atBegin: 'query_wait_timeout' };
  const pool = openPool(await startPooler(options), 10_000);

  const created = call(pool);
  await sleep(20);
  delete options.atBegin;

  await expect(created).resolves.toEqual([]);
});
