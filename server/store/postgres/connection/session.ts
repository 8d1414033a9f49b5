// The settings of PostgreSQL that this store relies on, and how they reach the server: with the connection, or with
// each transaction behind a connection pooler such as PgBouncer.
import { createRequire } from 'node:module';
import pg from 'pg';
import type { DatabaseAddress, DatabaseHost } from '../address/address.ts';
import { PROTOCOL_VIOLATION } from './no-slot.ts';

/** Names and values of settings of PostgreSQL. */
export type Settings = Record<string, string>;

/**
 * They follow those of the URL, and so override them.
 *
 * - A commit is on the disk when it returns.
 * - Every statement, and every check of a foreign key, finds rows by key. Plans are cached for a connection: one that
 *   was made while a table had one page would scan the whole table even when it has a million, until the next ANALYZE.
 *   So sequential scans are off.
 * - Values are written and read as pg does it, whatever the server, the database or the role sets for other programs.
 *   In another DateStyle, for example, pg reads no time at all.
 */
const SETTINGS: Settings = {
  synchronous_commit: 'on',
  array_nulls: 'on',
  bytea_output: 'hex',
  datestyle: 'ISO',
  extra_float_digits: '1',
  intervalstyle: 'postgres',
  standard_conforming_strings: 'on',
  timezone: 'UTC',
  transform_null_equals: 'off',
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

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
  const settings = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  return {
    host,
    port,
    database,
    user,
    password: password ?? readPasswordFile,
    ssl,
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: Math.min(connectTimeoutMs, address.connectTimeoutMs ?? Number.POSITIVE_INFINITY),
    enableChannelBinding: address.channelBinding !== 'disable',
    // A statement and its COMMIT then share a round trip.
    ...(pooled ? { pipeline: true } : { options: [options, ...settings].join(' ').trim() }),
  };
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

/**
 * Parses the command-line options of the server that set a parameter: `-c name=value`, `-cname=value`, `--name=value`.
 *
 * @throws Error for any other option
 */
function parseOptions(options: string): Settings {
  // A backslash takes the meaning from a space (https://www.postgresql.org/docs/current/libpq-connect.html).
  const words = (options.match(/(?:\\.|[^\\\s])+/gs) ?? []).map((word) => word.replaceAll(/\\(.)/gs, '$1'));
  const settings: Settings = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const setting = word === '-c' ? words[++index] : /^(?:-c|--)(?=[^-])(.*)$/s.exec(word)?.[1];
    const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(setting ?? '') ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`has options with ${JSON.stringify(word)}, which is not -c name=value`);
    // PostgreSQL ignores their case.
    settings[name.replaceAll('-', '_').toLowerCase()] = value;
  }
  return settings;
}

/** Begins a transaction with all settings, which end with it. `more` overrides the others. Two results. */
export function beginStatement({ options }: DatabaseAddress, more: Settings): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED; ${setStatement({ ...parseOptions(options), ...SETTINGS, ...more })}`;
}

/** Changes settings until the end of the transaction. */
export function setStatement(settings: Settings): string {
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`,
  );
  return `SELECT ${calls.join(', ')}`;
}

/** Time limits of a transaction, so that none outlives its request. 0: none. */
export function timeLimits(timeoutMs: number): Settings {
  // Earlier than the limit of this side, so that the server usually reports that it stored nothing.
  const limit = String(Math.ceil(timeoutMs * 0.9));
  return { statement_timeout: limit, idle_in_transaction_session_timeout: limit };
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
      throw error;
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

async function open(address: DatabaseAddress, options: ConnectionOptions): Promise<pg.Client> {
  const config = clientConfig(address, options);
  const client = new (clientClass(address))(config);
  const startedMs = performance.now();
  // When the connection breaks, the running query rejects.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {}); // It was never connected.
    // pg reports its own time-out as a connection that the server closed.
    const isTimeout = performance.now() - startedMs >= (config.connectionTimeoutMillis ?? Number.POSITIVE_INFINITY);
    throw isTimeout ? new ConnectTimeoutError({ cause: error }) : error;
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
