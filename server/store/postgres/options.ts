// The options of a store on PostgreSQL.
import type { ApiKeyCacheOptions } from '../api-key-cache.ts';
import type { MigrateMode } from '../migrations.ts';
import type { StoreObserver } from '../store.ts';

/** Options of `openPostgresStore`. */
export interface PostgresOptions {
  /**
   * The URL: `postgres://user:password@host:5432/database?sslmode=verify-full`. `sslmode` is `disable` (the default),
   * `require`, `verify-ca` or `verify-full`, as in libpq. Missing parts come from the variables of libpq.
   */
  url: string;
  /**
   * Whether to update an older schema, which is an error otherwise. With `empty`, the schema is only created in an
   * empty database, and with `existing` it is only updated if there is one. Default: true.
   */
  migrate?: MigrateMode;
  /** The maximum number of connections. Default: 10. */
  poolSize?: number;
  /**
   * The time limit of a call in milliseconds, including the wait for a connection; imports have none. Default: 2800.
   */
  timeoutMs?: number;
  /** The time in milliseconds after which an unused connection is closed. Default: 10,000. */
  idleTimeoutMs?: number;
  /** The time in milliseconds for which a command waits for the confirmation of its commit. Default: 30,000. */
  commitTimeoutMs?: number;
  /** Whether requests are counted, so that `check` rejects while that is impossible. Default: true. */
  countsRequests?: boolean;
  /** How API keys are cached. */
  apiKeys?: ApiKeyCacheOptions;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /** Called with a message for each setting that works, but is likely to be a mistake. Default: nothing is checked. */
  onWarning?: (message: string) => void;
  /** Called with a message when the clocks of this host and of the database begin to differ by 5 s or more. */
  onClockSkew?: (message: string) => void;
  /** Who makes changes, for the audit trail. Default: the user and the host of this process. */
  actor?: string;
}
