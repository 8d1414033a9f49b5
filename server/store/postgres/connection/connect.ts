// Opens connections to PostgreSQL: their options, and the properties of the server that they detect.
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import pg from 'pg';
import type { DatabaseAddress, DatabaseHost } from '../address/address.ts';
import { PROTOCOL_VIOLATION } from './no-slot.ts';
import { prepareSession, SESSION_SETTINGS } from './settings.ts';

export interface ConnectionOptions {
  /** The time limit for connecting in milliseconds. */
  connectTimeoutMs: number;
  /** Whether a pooler is between this process and the server. */
  pooled: boolean;
}

/**
 * Returns the options of a pool or a client. A pooler gives a server connection to another client after each
 * transaction, and rejects or drops start-up options, so `pooled` sends none: `beginStatement` sets them instead.
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
    // With a pipeline, a statement and its COMMIT share a round trip.
    ...(pooled ? { pipeline: true } : { options: [options, ...settings].join(' ').trim() }),
  };
}

/** Connects to `hostaddr`, if it is set. pg still uses the host for certificates and passwords. */
export function createSocket({ hostaddr }: DatabaseHost): Socket {
  const socket = new Socket();
  if (hostaddr === undefined) return socket;
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, { connect: (port: number) => connect(port, hostaddr) });
}

/** Reads the password from the file of PGPASSFILE or ~/.pgpass. pg calls it when the server requests a password. */
async function readPasswordFile(connection: PasswordFileKey = {}): Promise<string> {
  // Loaded on demand, because it is rarely used. The module has no types.
  const pgpass = createRequire(import.meta.url)('pgpass') as ReadPasswordFile;
  const password = await new Promise<string | undefined>((resolve) => pgpass(connection, resolve));
  if (password === undefined) throw new MissingPasswordError();
  return password;
}

/** The key of a line in the file. pg passes it, although its types do not declare that. */
interface PasswordFileKey {
  host?: string;
  port?: number;
  database?: string;
  user?: string;
}

type ReadPasswordFile = (key: PasswordFileKey, done: (password: string | undefined) => void) => void;

/** The server requests a password, and there is none. */
export class MissingPasswordError extends Error {
  override readonly name = 'MissingPasswordError';
}

/** A client that closes its connection unless the server proves that it is the other end of the TLS connection. */
class BoundClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const reject = () => this.connection.stream.destroy(new Error(NOT_BOUND));
    let isBound = false;
    this.connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
      isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
      if (!isBound) reject();
    });
    this.connection.on('authenticationCleartextPassword', reject);
    this.connection.on('authenticationMD5Password', reject);
    this.connection.on('authenticationOk', () => {
      if (!isBound) reject();
    });
  }
}

const NOT_BOUND = 'channel_binding is require, but the server does not bind its authentication to TLS';

/** Returns the client class for an address. */
export function clientClass({ channelBinding }: DatabaseAddress): typeof pg.Client {
  return channelBinding === 'require' ? BoundClient : pg.Client;
}

export interface Connected {
  client: pg.Client;
  /** Whether the connection goes through a pooler. */
  pooled: boolean;
  /** The hosts, starting with the one that accepts writes. */
  hosts: DatabaseHost[];
}

/**
 * Connects to the first host that accepts writes. Rejects with an error of pg, that of the last host if there are
 * several.
 */
export async function connect(address: DatabaseAddress, connectTimeoutMs: number): Promise<Connected> {
  const { hosts } = address;
  let lastError: unknown;
  for (const [index, host] of hosts.entries()) {
    try {
      const connected = await connectTo({ ...address, ...host }, connectTimeoutMs);
      if (hosts.length > 1) await rejectStandby(connected.client);
      return { ...connected, hosts: [...hosts.slice(index), ...hosts.slice(0, index)] };
    } catch (error) {
      lastError = error;
    }
  }
  throw lastError;
}

async function rejectStandby(client: pg.Client): Promise<void> {
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

/** None of the hosts accepts writes. */
export class StandbyError extends Error {
  override readonly name = 'StandbyError';
}

/**
 * Connects, and detects a pooler: it invents the process ID that a client gets for canceling queries, because it has to
 * map it to the server that runs the query.
 */
async function connectTo(
  address: DatabaseAddress,
  connectTimeoutMs: number,
): Promise<{ client: pg.Client; pooled: boolean }> {
  const direct = await open(address, { connectTimeoutMs, pooled: false }).catch((error: unknown) => {
    // PgBouncer rejects start-up parameters with this code.
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

/** Returns the process ID, which the types of pg do not declare. */
function processIdOf(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : undefined;
}

/** The errors with which connections broke. */
const lost = new WeakMap<pg.Client, Error>();

/** Returns the error with which the connection broke, if it did. */
export function causeOfLoss(client: pg.Client): Error | undefined {
  return lost.get(client);
}

async function open(address: DatabaseAddress, options: ConnectionOptions): Promise<pg.Client> {
  const config = clientConfig(address, options);
  const client = new (clientClass(address))(config);
  const startedMs = performance.now();
  // When the connection breaks, only the running query rejects with the cause. Later ones do not know it.
  client.on('error', (error) => lost.set(client, error));
  try {
    await client.connect();
    if (!options.pooled) await prepareSession(client, options.connectTimeoutMs);
    return client;
  } catch (error) {
    await client.end().catch(() => {}); // It was never connected.
    // pg reports its own time-out as if the server had closed the connection.
    const isTimeout = performance.now() - startedMs >= (config.connectionTimeoutMillis ?? Number.POSITIVE_INFINITY);
    throw isTimeout ? new ConnectTimeoutError({ cause: error }) : (lost.get(client) ?? error);
  }
}

/** The server did not respond within the time limit of connecting. */
class ConnectTimeoutError extends Error {
  override readonly name = 'ConnectTimeoutError';
  /** The code of a time-out of the operating system. */
  readonly code = 'ETIMEDOUT';

  constructor(options: ErrorOptions) {
    super('connecting timed out', options);
  }
}
