// The options of a store on PostgreSQL.
import type { ApiKeyCacheOptions } from '../api-key-cache.ts';
import type { MigrateMode } from '../migrations.ts';
import type { StoreObserver } from '../store.ts';

/** Options of `openPostgresStore`. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:5432/database?sslmode=verify-full`; `sslmode` is `disable` (the default), `require`,
   * `verify-ca` or `verify-full`, as in libpq. What it does not say comes from the variables of libpq.
   */
  url: string;
  /**
   * Whether an older schema is updated; if not, it is an error. `empty`: the schema is created in an empty database,
   * and an older one is an error. `existing`: the other way round. Default: true.
   */
  migrate?: MigrateMode;
  /** The maximum number of connections. Default: 10. */
  poolSize?: number;
  /** Time limit of a call, waiting for a connection included, in milliseconds. None for imports. Default: 2800. */
  timeoutMs?: number;
  /** Time after which an unused connection is closed, in milliseconds. Default: 10,000. */
  idleTimeoutMs?: number;
  /** How long a change of a command waits for the confirmation of its commit, in milliseconds. Default: 30,000. */
  commitTimeoutMs?: number;
  /** Whether requests are counted, so that `check` rejects while they cannot be. Default: true. */
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
