// Connections to PostgreSQL: a pool with time limits, and retries where they are safe.

import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ConnectionCount } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import type { DatabaseAddress, DatabaseHost } from '../address/address.ts';
import { COMMIT_TIMEOUT_MS, commitWithin } from './commit.ts';
import { clientClass, clientConfig, createSocket } from './connect.ts';
import { connectWithin, untilAborted } from './deadlines.ts';
import { classifyError, isStandby, leavesConnectionUsable, toStoreError } from './errors.ts';
import { describeNoSlot } from './no-slot.ts';
import { sendInTransaction } from './pooled-transaction.ts';
import { type Query, requireServed, send } from './query.ts';
import { beginStatement, prepareSession, timeLimits } from './settings.ts';

export interface PoolOptions {
  /** The maximum number of connections. */
  poolSize: number;
  /** The time limit of a call in milliseconds, including the waits for a connection (at most 1,000) and for results. */
  timeoutMs: number;
  /** The time in milliseconds after which an unused connection is closed. */
  idleTimeoutMs: number;
  /** Whether the connections go through a pooler: see `beginStatement`. Default: false. */
  pooled?: boolean;
  /** The time in milliseconds for which a command waits for the confirmation of its commit. Default: 30,000. */
  commitTimeoutMs?: number | undefined;
}

/**
 * The number of lost connections that a call tolerates: after a restart of the server, those in the pool are broken.
 */
const LOST_LIMIT = 5;

/** The maximum number of attempts of a rehearsal. */
const REHEARSALS_LIMIT = 3;
const RETRY_PAUSE_LIMIT_MS = 100;
/** The minimum time for a retry. With less, it would only time out. */
const MIN_RETRY_MS = 20;

/** The maximum wait for a connection. A longer one means that the queue is not getting shorter. */
const CONNECT_LIMIT_MS = 1000;

/** The number of times that a call tries each host. */
const MAX_HOST_TRIES = 3;

/** The time for which no new connection is requested after the server, or a pooler, had no slot for one. */
const NO_SLOT_MS = 1000;

export class ConnectionPool {
  readonly #pool: pg.Pool;
  readonly #address: DatabaseAddress;
  readonly #pooled: boolean;
  readonly #timeoutMs: number;
  readonly #commitTimeoutMs: number;
  readonly #size: number;
  readonly #sockets = new Set<Socket>();
  readonly #hosts: DatabaseHost[];
  #hostIndex = 0;
  /** The error of a server or pooler that had no slot for another connection, and the time until which it counts. */
  #noSlot: { error: unknown; untilMs: number } | undefined;

  constructor(address: DatabaseAddress, options: PoolOptions) {
    const { poolSize, timeoutMs, idleTimeoutMs, pooled = false, commitTimeoutMs = COMMIT_TIMEOUT_MS } = options;
    this.#commitTimeoutMs = commitTimeoutMs;
    this.#address = address;
    this.#hosts = address.hosts;
    this.#pooled = pooled;
    this.#timeoutMs = timeoutMs;
    this.#size = poolSize;
    this.#pool = new pg.Pool({
      Client: clientClass(address),
      ...clientConfig(address, { connectTimeoutMs: Math.min(timeoutMs, CONNECT_LIMIT_MS), pooled }),
      ...(!pooled && { statement_timeout: Number(timeLimits(timeoutMs).statement_timeout) }),
      onConnect: pooled ? requireServed : (client) => prepareSession(client, CONNECT_LIMIT_MS),
      max: poolSize,
      idleTimeoutMillis: idleTimeoutMs,
      stream: () => this.#track(createSocket(this.#host ?? address)),
    });
    // Emitted when a connection breaks. There is nothing to do: its query rejects, and an idle connection is replaced.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /**
   * Runs statements on one connection. Retries them when the server rolled them back because of a conflict and, if
   * `repeatable`, when the connection broke, all within the time limit of the pool, or `limitMs` if that is less.
   *
   * @throws StoreUnavailableError
   */
  async run<T>(
    work: (query: Query) => Promise<T>,
    { repeatable, limitMs = this.#timeoutMs }: { repeatable: boolean; limitMs?: number },
  ): Promise<T> {
    const deadline = performance.now() + Math.min(limitMs, this.#timeoutMs);
    let noSlot: unknown;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(work, deadline);
      } catch (error) {
        if (describeNoSlot(error) !== undefined) noSlot = error;
        const kind = classifyError(error);
        const isElsewhere = this.#hosts.length > 1 && isStandby(error) && tries <= MAX_HOST_TRIES * this.#hosts.length;
        const isRetryable =
          isElsewhere || kind === 'rolledBack' || (kind === 'lost' && repeatable && tries <= LOST_LIMIT);
        const pauseMs = Math.random() * Math.min(5 * 2 ** tries, RETRY_PAUSE_LIMIT_MS);
        // If time runs out after a lack of slots, that is the error to report.
        if (!isRetryable || performance.now() + pauseMs + MIN_RETRY_MS > deadline)
          throw toStoreError(kind === 'lost' ? (noSlot ?? error) : error);
        await sleep(pauseMs);
      }
    }
  }

  async #once<T>(work: (query: Query) => Promise<T>, deadline: number): Promise<T> {
    const client = await this.#connect(deadline);
    const host = this.#host;
    let isUsable = true;
    const query: Query = async (statement) => {
      // At least 1, because pg interprets 0 as no limit.
      const remainingMs = () => Math.max(1, Math.ceil(deadline - performance.now()));
      return this.#pooled
        ? sendInTransaction(client, statement, { address: this.#address, remainingMs })
        : send(client, statement, remainingMs());
    };
    try {
      return await work(query);
    } catch (error) {
      isUsable = leavesConnectionUsable(error);
      if (isStandby(error)) this.#leave(host);
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  /**
   * Runs statements in one transaction within the time limit, and rolls it back. Retries after a conflict, for example
   * with the deletion of a customer.
   *
   * @throws StoreUnavailableError
   */
  async rehearse(work: (query: Query) => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + this.#timeoutMs;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#rehearseOnce(work, deadline);
      } catch (error) {
        if (classifyError(error) !== 'rolledBack' || tries === REHEARSALS_LIMIT) throw toStoreError(error);
      }
    }
  }

  async #rehearseOnce(work: (query: Query) => Promise<unknown>, deadline: number): Promise<void> {
    const remainingMs = () => Math.max(1, Math.ceil(deadline - performance.now()));
    const client = await this.#connect(deadline);
    let isUsable = false;
    try {
      await send(client, { text: beginStatement(this.#address, timeLimits(remainingMs())) }, remainingMs());
      // Statements are not named, because a pooler may not support prepared statements.
      await work(({ text, values }) => send(client, { text, ...(values && { values }) }, remainingMs()));
      // Runs the checks that COMMIT would run.
      await send(client, { text: 'SET CONSTRAINTS ALL IMMEDIATE' }, remainingMs());
    } finally {
      isUsable = await send(client, { text: 'ROLLBACK' }, remainingMs()).then(
        () => true,
        () => false,
      );
      client.release(!isUsable);
    }
  }

  /**
   * Runs statements in one transaction. Only the commit has a time limit. An earlier error, or the signal, rolls the
   * transaction back. During the commit, the signal only ends the wait.
   *
   * @throws StoreUnavailableError, with `mayBeStored` when the commit was sent but not confirmed
   */
  async transact<T>(work: (query: Query) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const client = await this.#connect();
    const query: Query = async (statement) => {
      try {
        return (await client.query(statement)).rows;
      } catch (error) {
        throw toStoreError(error);
      }
    };
    let isUsable = false;
    try {
      await query({ text: beginStatement(this.#address, timeLimits(0)) });
      const result = await untilAborted(work(query), signal);
      await commitWithin(client, this.#commitTimeoutMs, signal);
      isUsable = true;
      return result;
    } catch (error) {
      // A rollback would wait behind the commit or the statement. The server rolls back when the connection is closed.
      if (signal?.aborted || (error instanceof StoreUnavailableError && error.mayBeStored)) throw error;
      isUsable = await send(client, { text: 'ROLLBACK' }, this.#timeoutMs).then(
        () => true,
        // The server rolls back the transaction of a lost connection.
        () => false,
      );
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  /**
   * Waits for a connection until the deadline. When the server has no slot left, calls share the existing connections.
   * When it rejects, nothing has been sent.
   */
  async #connect(deadline = performance.now() + this.#timeoutMs): Promise<pg.PoolClient> {
    for (let tries = 1; ; tries++) {
      const host = this.#host;
      const startedMs = performance.now();
      try {
        return await this.#tryConnect(deadline);
      } catch (error) {
        const noSlot = this.#noteSlots(error, startedMs);
        if (noSlot === undefined && !this.#noteHost(host, tries)) throw error;
        const pauseMs = Math.random() * Math.min(10 * 2 ** tries, RETRY_PAUSE_LIMIT_MS);
        if (performance.now() + pauseMs + MIN_RETRY_MS > deadline)
          throw noSlot === undefined ? error : toStoreError(noSlot);
        await sleep(pauseMs);
      }
    }
  }

  /**
   * Returns the error of a server without a free slot. The pool then opens no more connections for a moment, and queues
   * calls.
   */
  #noteSlots(error: unknown, startedMs: number): unknown {
    if (!(error instanceof StoreUnavailableError)) return undefined;
    if (describeNoSlot(error.cause) !== undefined) {
      this.#noSlot = { error: error.cause, untilMs: performance.now() + NO_SLOT_MS };
      this.#pool.options.max = Math.max(1, this.#pool.totalCount);
    }
    // The call may also have waited in that queue.
    const isNoSlot = this.#noSlot !== undefined && startedMs < this.#noSlot.untilMs;
    return isNoSlot && error.kind === 'connection' ? this.#noSlot?.error : undefined;
  }

  /** Returns whether another host may be available. */
  #noteHost(host: DatabaseHost | undefined, tries: number): boolean {
    this.#leave(host);
    return this.#hosts.length > 1 && tries < MAX_HOST_TRIES * this.#hosts.length;
  }

  /** Directs new connections to the next host, unless another call has already done so. */
  #leave(host: DatabaseHost | undefined): void {
    if (host !== this.#host || this.#hosts.length < 2) return;
    this.#hostIndex = (this.#hostIndex + 1) % this.#hosts.length;
    Object.assign(this.#pool.options, this.#host);
  }

  get #host(): DatabaseHost | undefined {
    return this.#hosts[this.#hostIndex];
  }

  async #tryConnect(deadline: number): Promise<pg.PoolClient> {
    if (this.#noSlot && performance.now() >= this.#noSlot.untilMs) this.#pool.options.max = this.#size;
    const connecting = this.#pool.connect().catch((cause) => {
      throw new StoreUnavailableError('There is no connection to PostgreSQL.', { kind: 'connection', cause });
    });
    // Not negative: the pause before a retry may have taken longer than planned.
    const remainingMs = Math.max(0, deadline - performance.now());
    // The pool's own time-out comes first.
    return remainingMs > CONNECT_LIMIT_MS ? connecting : connectWithin(remainingMs, connecting);
  }

  count(): ConnectionCount {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount, limit: this.#size };
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Closes the pool after running statements. Destroys connections that the server does not close in time. */
  async close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#timeoutMs);
    await this.#pool.end();
    clearTimeout(timer);
  }
}
