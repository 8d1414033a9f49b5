// The options of a store on SQLite.
import type { MigrateMode } from '../migrations.ts';
import type { StoreObserver } from '../store.ts';

/** Options of `openSqliteStore`. */
export interface SqliteOptions {
  /** The path of the file, or `:memory:` for a database that is lost when it is closed. */
  path: string;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /**
   * Whether to update an older schema. If not, an older schema and a missing file are errors. With `empty`, the schema
   * is only created in an empty database, and with `existing` it is only updated if there is one. Default: true.
   */
  migrate?: MigrateMode;
  /**
   * Called with a message for likely mistakes, such as a copy of an open file. If it is set, the store belongs to a
   * server, and only one server at a time may open a file. Default: nothing is checked.
   */
  onWarning?: (message: string) => void;
  /** Who makes changes, for the audit trail. Default: the user and the host of this process. */
  actor?: string;
}
