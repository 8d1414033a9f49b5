// The options of a store on SQLite.
import type { MigrateMode } from '../migrations.ts';
import type { StoreObserver } from '../store.ts';

/** Options of `openSqliteStore`. */
export interface SqliteOptions {
  /** The file, or `:memory:` for a database that is gone when it is closed. */
  path: string;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /**
   * Whether an older schema is updated; if not, it is an error, and so is a missing file. `empty`: the schema is
   * created in an empty database, and an older one is an error. `existing`: the other way round. Default: true.
   */
  migrate?: MigrateMode;
  /**
   * Called with a message for what works, but is likely to be a mistake, such as a copy of an open file. With it, the
   * store is that of a server, of which a file has one at a time. Default: nothing is checked.
   */
  onWarning?: (message: string) => void;
  /** Who makes changes, for the audit trail. Default: the user and the host of this process. */
  actor?: string;
}
