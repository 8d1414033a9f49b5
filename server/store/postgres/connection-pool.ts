// Connections to PostgreSQL: a pool, an end to all waiting, and another try where that is safe.
import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnavailable } from '../store.ts';
import { faultOf, leavesConnectionUsable, toStoreError } from './errors.ts';
import type { DatabaseAddress } from './url.ts';

export interface ConnectionOptions {
  /** Connections at most. */
  poolSize: number;
  /** For how long one call may wait for a connection and for its answers, in all. For a connection alone it waits for 1,000 at most. */
  timeoutMs: number;
  /** After which time without use a connection is closed. */
  idleTimeoutMs: number;
}

/** Runs a statement. `name` makes it a prepared one, parsed once for each connection. */
export type Query = <Row extends pg.QueryResultRow>(statement: Statement) => Promise<Row[]>;

export interface Statement {
  name?: string;
  text: string;
  values?: unknown[];
}

/**
 * Settings of each session, after those of the URL, so that these win.
 * - An answer means that the commit is on the disk.
 * - Every statement looks rows up by key, and so do the checks of foreign keys. Plans are kept with the connection: one that was made when a table
 *   had one page reads the whole table even when it has a million, until statistics are gathered again. So none may be made that way.
 */
const SESSION = '-c synchronous_commit=on -c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan';

/** After a restart of the server, connections wait in the pool that are broken and do not know it yet. */
const LOST_LIMIT = 5;
const RETRY_PAUSE_LIMIT_MS = 100;
/** With less time left, another try would only be cut off. */
const LEAST_TIME_MS = 20;

/** Who waits longer for a connection stands in a queue that does not get shorter: better to be told, and to try again. */
const CONNECT_LIMIT_MS = 1000;

/** How to reach the server, for a pool or for one client. */
export function clientConfig(address: DatabaseAddress, timeoutMs: number): pg.ClientConfig {
  const { applicationName, shown: _, ...rest } = address;
  return {
    ...rest,
    application_name: applicationName,
    options: `${address.options} ${SESSION}`.trim(),
    keepAlive: true,
    connectionTimeoutMillis: timeoutMs,
  };
}

/** pg takes a limit for each query, which its types do not know. */
interface LimitedQuery extends pg.QueryConfig {
  query_timeout: number;
}

async function send<Row extends pg.QueryResultRow>(
  client: pg.PoolClient,
  statement: Statement,
  timeoutMs: number,
): Promise<Row[]> {
  const limited: LimitedQuery = { ...statement, query_timeout: timeoutMs };
  return (await client.query<Row>(limited)).rows;
}

/** A connection that comes too late goes back to the pool. */
async function givenUpAfter(leftMs: number, connecting: Promise<pg.PoolClient>): Promise<pg.PoolClient> {
  return new Promise((settle, fail) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      fail(new StoreUnavailable('There was no connection to PostgreSQL in time.'));
    }, leftMs);
    connecting.then((client) => (late ? client.release() : settle(client)), fail).finally(() => clearTimeout(timer));
  });
}

export class Connections {
  readonly #pool: pg.Pool;
  readonly #timeoutMs: number;
  readonly #sockets = new Set<Socket>();

  constructor(address: DatabaseAddress, { poolSize, timeoutMs, idleTimeoutMs }: ConnectionOptions) {
    this.#timeoutMs = timeoutMs;
    this.#pool = new pg.Pool({
      ...clientConfig(address, Math.min(timeoutMs, CONNECT_LIMIT_MS)),
      // Somewhat earlier than this side gives up, so that most often the server tells that it stored nothing.
      statement_timeout: Math.ceil(timeoutMs * 0.9),
      max: poolSize,
      idleTimeoutMillis: idleTimeoutMs,
      stream: () => this.#track(new Socket()),
    });
    // Emitted when a connection breaks. Whoever uses it is told by the rejection of their query, and an idle one is replaced: nothing is left to say.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /**
   * Runs statements on one connection. What the server rolled back for the sake of others is tried again; so is what broke with its connection, if
   * repeating it changes nothing. All within the time limit, or `limitMs` if that is less.
   *
   * @throws StoreUnavailable
   */
  async run<T>(
    work: (query: Query) => Promise<T>,
    { repeatable, limitMs = this.#timeoutMs }: { repeatable: boolean; limitMs?: number },
  ): Promise<T> {
    const deadline = performance.now() + Math.min(limitMs, this.#timeoutMs);
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work, deadline);
      } catch (error) {
        const fault = faultOf(error);
        const again = fault === 'rolledBack' || (fault === 'lost' && repeatable && tries <= LOST_LIMIT);
        const pauseMs = Math.random() * Math.min(5 * 2 ** tries, RETRY_PAUSE_LIMIT_MS);
        if (!again || performance.now() + pauseMs + LEAST_TIME_MS > deadline) throw toStoreError(error);
        await sleep(pauseMs);
      }
    }
  }

  async #once<T>(work: (query: Query) => Promise<T>, deadline: number): Promise<T> {
    const client = await this.#connect(deadline);
    let usable = true;
    const query: Query = async (statement) => {
      // pg takes 0 for no limit.
      return send(client, statement, Math.max(1, Math.ceil(deadline - performance.now())));
    };
    try {
      return await work(query);
    } catch (error) {
      usable = leavesConnectionUsable(error);
      throw error;
    } finally {
      client.release(!usable);
    }
  }

  /** Runs statements in one transaction, which may take its time. Any error, the signal included, undoes all of it. @throws StoreUnavailable */
  async transact<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const query: Query = async (statement) => {
      try {
        return (await client.query(statement)).rows;
      } catch (error) {
        throw toStoreError(error);
      }
    };
    let usable = false;
    try {
      await query({ text: 'BEGIN' });
      await query({ text: 'SET LOCAL statement_timeout = 0' });
      const result = await work(query);
      await query({ text: 'COMMIT' });
      usable = true;
      return result;
    } catch (error) {
      usable = await send(client, { text: 'ROLLBACK' }, this.#timeoutMs).then(
        () => true,
        // The server undoes what a lost connection has begun.
        () => false,
      );
      throw error;
    } finally {
      client.release(!usable);
    }
  }

  /** Whatever hinders it, nothing was sent yet. */
  async #connect(deadline = Number.POSITIVE_INFINITY): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect().catch((cause) => {
      throw new StoreUnavailable('There is no connection to PostgreSQL.', { cause });
    });
    const leftMs = deadline - performance.now();
    // The pool gives up by itself before that.
    return leftMs > CONNECT_LIMIT_MS ? connecting : givenUpAfter(leftMs, connecting);
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Waits for what runs. A server that does not say good-bye in time is left without. */
  async close(): Promise<void> {
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#timeoutMs);
    await this.#pool.end();
    clearTimeout(cut);
  }
}
