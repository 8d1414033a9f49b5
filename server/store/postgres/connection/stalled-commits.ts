// Finds out that commits wait for a synchronous standby, and holds further ones back. A connection that gives up leaves
// its process in the server waiting, so they would use up all connections: PostgreSQL ends no such wait by itself.
import { StoreUnavailableError } from '../../store-errors.ts';
import type { Query } from './query.ts';

/** How long a result of a look-up counts for all. */
const REUSE_MS = 250;

/** How long the last result counts while look-ups fail, because the server is slow. */
const KEEP_MS = 5000;

/** A wait of this length means that the next commit would wait as well. */
const STALLED_AFTER_SECONDS = 2;

/** Every role may see how its own processes wait. */
const FIND_WAITING = `
  SELECT max(extract(epoch FROM clock_timestamp() - query_start))::float8 AS seconds,
    current_setting('synchronous_standby_names') AS standbys
  FROM pg_stat_activity
  WHERE wait_event = 'SyncRep' AND usename = session_user AND datname = current_database()`;

interface Waiting {
  seconds: number;
  standbys: string;
}

/** Returns why commits are not confirmed, if one has waited that long. */
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
  /** Whether a commit took too long since the last look-up that found nothing waiting. */
  #isSuspected = false;
  #last: { startedMs: number; waiting: Promise<Waiting | undefined> } | undefined;
  /** What the last look-up found that did not fail. */
  #found: { atMs: number; waiting: Waiting } | undefined;

  /** `query` must give up soon: requests wait for it. `now`: milliseconds of any origin. */
  constructor(query: Query, now: () => number = () => performance.now()) {
    this.#query = query;
    this.#now = now;
  }

  /** Looks before the next commit whether others wait: for a process that has sent none yet. */
  suspect(): void {
    this.#isSuspected = true;
  }

  /**
   * Does work that ends with a commit, unless commits are known to wait. Costs nothing while they do not.
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
      // Without a connection, the work itself reports that. But each commit that is sent meanwhile may hold one more.
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
