// The settings of PostgreSQL that this store relies on, and how they reach the server: with the connection, or with
// each transaction behind a connection pooler such as PgBouncer.
import pg from 'pg';
import type { DatabaseAddress } from './url.ts';

/** Names and values of settings of PostgreSQL. */
export type Settings = Record<string, string>;

/**
 * They follow those of the URL, and so override them.
 *
 * - A commit is on the disk when it returns.
 * - Every statement, and every check of a foreign key, finds rows by key. Plans are cached for a connection: one that
 *   was made while a table had one page would scan the whole table even when it has a million, until the next ANALYZE.
 *   So sequential scans are off.
 */
const SETTINGS: Settings = {
  synchronous_commit: 'on',
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
  const { applicationName, displayName: _, options, ...rest } = address;
  const settings = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`);
  return {
    ...rest,
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    // A statement and its COMMIT then share a round trip.
    ...(pooled ? { pipeline: true } : { options: [options, ...settings].join(' ').trim() }),
  };
}

/**
 * Parses the command-line options of the server that set a parameter: `-c name=value`, `-cname=value`, `--name=value`.
 *
 * @throws Error for any other option
 */
export function parseOptions(options: string): Settings {
  // A backslash takes the meaning from a space (https://www.postgresql.org/docs/current/libpq-connect.html).
  const words = (options.match(/(?:\\.|[^\\\s])+/gs) ?? []).map((word) => word.replaceAll(/\\(.)/gs, '$1'));
  const settings: Settings = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const setting = word === '-c' ? words[++index] : /^(?:-c|--)(?=[^-])(.*)$/s.exec(word)?.[1];
    const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(setting ?? '') ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`has options with ${JSON.stringify(word)}, which is not -c name=value`);
    settings[name.replaceAll('-', '_')] = value;
  }
  return settings;
}

/** Begins a transaction with all settings, which end with it. `more` overrides the others. Two results. */
export function beginStatement({ options }: DatabaseAddress, more: Settings): string {
  const calls = Object.entries({ ...parseOptions(options), ...SETTINGS, ...more }).map(
    ([name, value]) => `set_config(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)}, true)`,
  );
  return `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ${calls.join(', ')}`;
}

/** Time limits of a transaction, so that none outlives its request. 0: none. */
export function timeLimits(timeoutMs: number): Settings {
  // Earlier than the limit of this side, so that the server usually reports that it stored nothing.
  const limit = String(Math.ceil(timeoutMs * 0.9));
  return { statement_timeout: limit, idle_in_transaction_session_timeout: limit };
}

/** SQLSTATE protocol_violation: PgBouncer refuses start-up parameters with it. */
const PROTOCOL_VIOLATION = '08P01';

/**
 * Connects, and finds out whether a pooler is in between. Rejects with the errors of pg.
 *
 * A pooler invents the process ID that a connection gets for the cancellation of queries: it has to find the server
 * again that runs the query.
 */
export async function connect(
  address: DatabaseAddress,
  connectTimeoutMs: number,
): Promise<{ client: pg.Client; pooled: boolean }> {
  const direct = await open(address, { connectTimeoutMs, pooled: false }).catch((error: unknown) => {
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
  const client = new pg.Client(clientConfig(address, options));
  // When the connection breaks, the running query rejects.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {}); // It was never connected.
    throw error;
  }
}
