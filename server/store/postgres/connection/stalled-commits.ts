// Detects that commits are waiting for a synchronous standby, and holds further ones back. When a client gives up, its
// process in the server keeps waiting, because PostgreSQL never ends such a wait by itself, so all connections would be
// used up.
import { StoreUnavailableError } from '../../store-errors.ts';
import type { Query } from './query.ts';

/** The time for which the result of a lookup is shared. */
const REUSE_MS = 250;

/** The time for which the last result is used while lookups fail, because the server is slow. */
const KEEP_MS = 5000;

/** The length of a wait from which on the next commit is expected to wait as well. */
const STALLED_AFTER_SECONDS = 2;

/** Finds waiting processes. Every role may see those of its own. */
const FIND_WAITING = `
  SELECT max(extract(epoch FROM clock_timestamp() - query_start))::float8 AS seconds,
    current_setting('synchronous_standby_names') AS standbys
  FROM pg_stat_activity
  WHERE wait_event = 'SyncRep' AND usename = session_user AND datname = current_database()`;

interface Waiting {
  seconds: number;
  standbys: string;
}

/** Returns why commits are not confirmed, if one has waited for that long. */
export async function findStalledCommits(
  query: Query,
  minSeconds = STALLED_AFTER_SECONDS,
): Promise<StoreUnavailableError | undefined> {
  const [row] = await query<Waiting | { seconds: null }>({ text: FIND_WAITING });
  return row && row.seconds !== null && row.seconds >= minSeconds ? describe(row) : undefined;
}

export class StalledCommits {
  readonly #query: Query;
  readonly #now: () => number;
  /** Whether a commit has taken too long since the last lookup that found none waiting. */
  #isSuspected = false;
  #last: { startedMs: number; waiting: Promise<Waiting | undefined> } | undefined;
  /** The result of the last successful lookup. */
  #found: { atMs: number; waiting: Waiting } | undefined;

  /** `query` must give up soon, because requests wait for it. `now` is a clock in milliseconds, of any origin. */
  constructor(query: Query, now: () => number = () => performance.now()) {
    this.#query = query;
    this.#now = now;
  }

  /** Checks before the next commit whether others are waiting, for a process that has not sent one yet. */
  suspect(): void {
    this.#isSuspected = true;
  }

  /**
   * Runs work that ends with a commit, unless commits are known to be waiting. Costs nothing while none are.
   *
   * @throws StoreUnavailableError with the cause, if it is a standby
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isSuspected) {
      const waiting = await this.#look();
      if (waiting && waiting.seconds >= STALLED_AFTER_SECONDS) throw describe(waiting);
      this.#isSuspected = waiting !== undefined;
    }
    try {
      return await work();
    } catch (error) {
      if (!mayBeStalled(error)) throw error;
      this.#isSuspected = true;
      const waiting = await this.#look();
      throw waiting ? describe(waiting, error) : error;
    }
  }

  #look(): Promise<Waiting | undefined> {
    if (this.#last && this.#now() - this.#last.startedMs < REUSE_MS) return this.#last.waiting;
    const waiting = this.#query<Waiting | { seconds: null }>({ text: FIND_WAITING }).then(
      ([row]) => {
        const found = row && row.seconds !== null ? row : undefined;
        this.#found = found && { atMs: this.#now(), waiting: found };
        return found;
      },
      // The lookup failed, usually for lack of a connection, which the work itself reports. The last result still
      // counts, because each commit that is sent meanwhile may block another connection.
      () => (this.#found && this.#now() - this.#found.atMs < KEEP_MS ? this.#found.waiting : undefined),
    );
    this.#last = { startedMs: this.#now(), waiting };
    return waiting;
  }
}

function mayBeStalled(error: unknown): boolean {
  return error instanceof StoreUnavailableError && (error.kind === 'connection' || error.kind === 'timeout');
}

function describe({ standbys }: Waiting, cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    `PostgreSQL waits for a synchronous standby that does not confirm commits (synchronous_standby_names = ` +
      `${JSON.stringify(standbys)}). Start the standby, or change that setting.`,
    { kind: 'standby', cause },
  );
}
