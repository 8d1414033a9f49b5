// Connections to PostgreSQL: their options, and what is found out about a new one.
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import pg from 'pg';
import type { DatabaseAddress, DatabaseHost } from '../address/address.ts';
import { PROTOCOL_VIOLATION } from './no-slot.ts';
import { prepareSession, SESSION_SETTINGS } from './settings.ts';

export interface ConnectionOptions {
  /** In milliseconds. */
  connectTimeoutMs: number;
  /** Whether a pooler is between this process and the server. */
  pooled: boolean;
}

/**
 * Returns the options of a pool or a client. A pooler hands a connection of the server to another client after each
 * transaction. It refuses or drops start-up options, so `pooled` sends none: `beginStatement` sets them.
 */
export function clientConfig(
  address: DatabaseAddress,
  { connectTimeoutMs, pooled }: ConnectionOptions,
): pg.ClientConfig {
  const { host, port, database, user, password, ssl, applicationName, options } = address;
  const settings = Object.entries(SESSION_SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  return {
    host,
    port,
    database,
    user,
    password: password ?? readPasswordFile,
    ssl,
    stream: () => createSocket(address),
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: Math.min(connectTimeoutMs, address.connectTimeoutMs ?? Number.POSITIVE_INFINITY),
    enableChannelBinding: address.channelBinding !== 'disable',
    // A statement and its COMMIT then share a round trip.
    ...(pooled ? { pipeline: true } : { options: [options, ...settings].join(' ').trim() }),
  };
}

/** Connects to the address, if there is one. For pg, the host is still that of certificates and passwords. */
export function createSocket({ hostaddr }: DatabaseHost): Socket {
  const socket = new Socket();
  if (hostaddr === undefined) return socket;
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, { connect: (port: number) => connect(port, hostaddr) });
}

/** Looks in the file of PGPASSFILE, or ~/.pgpass. pg asks for it when the server wants a password. */
async function readPasswordFile(connection: PasswordFileKey = {}): Promise<string> {
  // Loaded on demand: few use it. The module has no types.
  const pgpass = createRequire(import.meta.url)('pgpass') as ReadPasswordFile;
  const password = await new Promise<string | undefined>((resolve) => pgpass(connection, resolve));
  if (password === undefined) throw new MissingPasswordError();
  return password;
}

/** What a line of the file is for. pg passes it, which its types do not say. */
interface PasswordFileKey {
  host?: string;
  port?: number;
  database?: string;
  user?: string;
}

type ReadPasswordFile = (key: PasswordFileKey, done: (password: string | undefined) => void) => void;

/** The server asks for a password, and there is none. */
export class MissingPasswordError extends Error {
  override readonly name = 'MissingPasswordError';
}

/** A client that ends its connection unless the server proves that it is at the other end of the TLS connection. */
class BoundClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const refuse = () => this.connection.stream.destroy(new Error(NOT_BOUND));
    let isBound = false;
    this.connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
      isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
      if (!isBound) refuse();
    });
    this.connection.on('authenticationCleartextPassword', refuse);
    this.connection.on('authenticationMD5Password', refuse);
    this.connection.on('authenticationOk', () => {
      if (!isBound) refuse();
    });
  }
}

const NOT_BOUND = 'channel_binding is require, but the server does not bind its authentication to TLS';

/** The class of the clients of an address. */
export function clientClass({ channelBinding }: DatabaseAddress): typeof pg.Client {
  return channelBinding === 'require' ? BoundClient : pg.Client;
}

export interface Connected {
  client: pg.Client;
  /** Whether a pooler is in between. */
  pooled: boolean;
  /** The hosts, beginning with the one that accepts writes. */
  hosts: DatabaseHost[];
}

/**
 * Connects to the first host that accepts writes. Rejects with the errors of pg, the last host's if there are several.
 */
export async function connect(address: DatabaseAddress, connectTimeoutMs: number): Promise<Connected> {
  const { hosts } = address;
  let lastError: unknown;
  for (const [index, host] of hosts.entries()) {
    try {
      const connected = await connectTo({ ...address, ...host }, connectTimeoutMs);
      if (hosts.length > 1) await refuseStandby(connected.client);
      return { ...connected, hosts: [...hosts.slice(index), ...hosts.slice(0, index)] };
    } catch (error) {
      lastError = error;
    }
  }
  throw lastError;
}

async function refuseStandby(client: pg.Client): Promise<void> {
  try {
    const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    if (rows[0]?.transaction_read_only === 'off') return;
  } catch (error) {
    await client.end();
    throw error;
  }
  await client.end();
  throw new StandbyError('all hosts are read-only at the moment: standbys, or a primary that is being replaced');
}

/** No host of several accepts writes. */
export class StandbyError extends Error {
  override readonly name = 'StandbyError';
}

/**
 * Finds out whether a pooler is in between: it invents the process ID that a connection gets for the cancellation of
 * queries, because it has to find the server again that runs the query.
 */
async function connectTo(
  address: DatabaseAddress,
  connectTimeoutMs: number,
): Promise<{ client: pg.Client; pooled: boolean }> {
  const direct = await open(address, { connectTimeoutMs, pooled: false }).catch((error: unknown) => {
    // So PgBouncer refuses start-up parameters.
    if (error instanceof pg.DatabaseError && error.code === PROTOCOL_VIOLATION) return undefined;
    throw error;
  });
  if (direct) {
    const { rows } = await direct.query<{ pid: number }>('SELECT pg_backend_pid() AS pid').catch(async (error) => {
      await direct.end();
      throw lost.get(direct) ?? error;
    });
    if (rows[0]?.pid === processIdOf(direct)) return { client: direct, pooled: false };
    await direct.end();
  }
  return { client: await open(address, { connectTimeoutMs, pooled: true }), pooled: true };
}

/** The types of pg do not know the property. */
function processIdOf(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : undefined;
}

/** Why connections broke. */
const lost = new WeakMap<pg.Client, Error>();

/** Returns why the connection broke, if it did. */
export function causeOfLoss(client: pg.Client): Error | undefined {
  return lost.get(client);
}

async function open(address: DatabaseAddress, options: ConnectionOptions): Promise<pg.Client> {
  const config = clientConfig(address, options);
  const client = new (clientClass(address))(config);
  const startedMs = performance.now();
  // When the connection breaks, the running query rejects. The next one would not say why.
  client.on('error', (error) => lost.set(client, error));
  try {
    await client.connect();
    if (!options.pooled) await prepareSession(client, options.connectTimeoutMs);
    return client;
  } catch (error) {
    await client.end().catch(() => {}); // It was never connected.
    // pg reports its own time-out as a connection that the server closed.
    const isTimeout = performance.now() - startedMs >= (config.connectionTimeoutMillis ?? Number.POSITIVE_INFINITY);
    throw isTimeout ? new ConnectTimeoutError({ cause: error }) : (lost.get(client) ?? error);
  }
}

/** The server did not respond within the time limit of connecting. */
class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
  /** As of the operating system's own time-out. */
  readonly code = 'ETIMEDOUT';

  constructor(options: ErrorOptions) {
    super('connecting timed out', options);
  }
}
