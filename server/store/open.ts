// Opens the store that the settings name: PostgreSQL if there is a URL, otherwise a SQLite file.
import { parseDatabaseUrl } from './postgres/url.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store, StoreObserver } from './store.ts';

export interface OpenOptions {
  /** Default: true. */
  migrate?: boolean;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /** Gets a sentence for each setting that works, but is likely to be a mistake. */
  onWarning?: (message: string) => void;
}

/** The settings of a store. `Config` has them. */
export interface StoreSettings {
  /** The SQLite file. */
  databasePath: string;
  /** PostgreSQL instead of the file. Contains a password: never print it. */
  databaseUrl: string | undefined;
  /** PostgreSQL connections of the process. */
  databasePoolSize: number;
  /**
   * Time limit of what a request does in PostgreSQL, waiting for a connection included. Finding its key and counting it
   * take 1 s at most each, so that no request takes 5 s.
   */
  databaseTimeoutMs: number;
  /** Time after which an unused PostgreSQL connection is closed. */
  databaseIdleTimeoutMs: number;
}

/**
 * Opens the store. An older schema is updated; with `migrate: false` it is an error on PostgreSQL, but not on SQLite,
 * which has no roles.
 *
 * @throws StoreOpenError
 */
export async function openStore(
  settings: StoreSettings,
  { migrate = true, observer, onWarning }: OpenOptions = {},
): Promise<Store> {
  const observing = observer && { observer };
  if (settings.databaseUrl === undefined) return openSqliteStore({ path: settings.databasePath, ...observing });
  // Loaded on demand: the driver takes a tenth of the start.
  const { openPostgresStore } = await import('./postgres/store.ts');
  return openPostgresStore({
    url: settings.databaseUrl,
    migrate,
    poolSize: settings.databasePoolSize,
    timeoutMs: settings.databaseTimeoutMs,
    idleTimeoutMs: settings.databaseIdleTimeoutMs,
    ...(onWarning && { onWarning }),
    ...observing,
  });
}

/** Updates the schema, and returns the names of the migrations that were applied. @throws StoreOpenError */
export async function migrateStore(settings: StoreSettings): Promise<string[]> {
  if (settings.databaseUrl !== undefined) {
    const { prepareSchema } = await import('./postgres/migrate.ts');
    const { applied } = await prepareSchema(parseDatabaseUrl(settings.databaseUrl), { migrate: true });
    return applied;
  }
  await openSqliteStore({ path: settings.databasePath }).close();
  return [];
}

/** Returns a name of the database for messages, without its password. */
export function describeStore({ databasePath, databaseUrl }: StoreSettings): string {
  return databaseUrl === undefined ? databasePath : parseDatabaseUrl(databaseUrl).displayName;
}
