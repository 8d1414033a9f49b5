// Runs statements on PostgreSQL, and changes, each of which is stored with its event.
import type { Change } from '../events.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { addEvent } from './accounts/events.ts';
import type { ConnectionPool } from './connection/connection-pool.ts';
import type { Query } from './connection/query.ts';
import { findStalledCommits, StalledCommits } from './connection/stalled-commits.ts';
import { WRITE_NOTHING } from './statements.ts';

/** The time limit in milliseconds for finding out why a commit took too long. */
const LOOK_LIMIT_MS = 150;

interface SessionOptions {
  /** Who makes changes, for the audit trail. */
  actor: string;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
}

export class Session {
  readonly #pool: ConnectionPool;
  readonly #options: SessionOptions;
  /** Runs work that commits, unless commits are waiting for a synchronous standby. */
  readonly commits = new StalledCommits((statement) =>
    this.#pool.run((query) => query(statement), { repeatable: false, limitMs: LOOK_LIMIT_MS }),
  );

  readonly read: Query = (statement) => this.#pool.run((query) => query(statement), { repeatable: true });

  readonly write: Query = (statement) => this.#pool.run((query) => query(statement), { repeatable: false });

  constructor(pool: ConnectionPool, options: SessionOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** Changes something, and stores the event of the change in the same transaction. */
  async change<T>(work: (query: Query) => Promise<Change<T>>, signal?: AbortSignal): Promise<T> {
    const { actor, now } = this.#options;
    await this.#requireConfirmedCommits();
    try {
      return await this.#pool.transact(async (query) => {
        const { result, event, nextEvent } = await work(query);
        for (const each of [event, nextEvent])
          if (each) await addEvent(query, each, actor, new Date(now()).toISOString());
        return result;
      }, signal);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || error.kind !== 'timeout' || !error.mayBeStored) throw error;
      // If the lookup fails, the message is less specific.
      const cause = await findStalledCommits(this.read, 0).catch(() => undefined);
      const message = cause ? `${error.message} ${cause.message}` : error.message;
      throw new StoreUnavailableError(message, { kind: cause?.kind ?? 'timeout', mayBeStored: true, cause: error });
    }
  }

  /**
   * Tries an empty commit before a change, which could not be undone while PostgreSQL waits for a standby. Other errors
   * are left to the change itself.
   *
   * @throws StoreUnavailableError when commits wait for a synchronous standby
   */
  async #requireConfirmedCommits(): Promise<void> {
    this.commits.suspect();
    try {
      await this.commits.run(() => this.write({ text: WRITE_NOTHING }));
    } catch (error) {
      if (error instanceof StoreUnavailableError && error.kind === 'standby') throw error;
      // The lookup for requests gives up soon, but a command has time to find the cause.
      const stalled = await findStalledCommits(this.read, 0).catch(() => undefined);
      if (stalled) throw stalled;
    }
  }
}
