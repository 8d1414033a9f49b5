// Opens the store that the settings name: PostgreSQL if there is a URL, otherwise a SQLite file.
import { resolve } from 'node:path';
import type { MigrateMode, SchemaState } from './migrations.ts';
import { parseDatabaseUrl } from './postgres/address/url.ts';
import { migrateFile, readFileState } from './sqlite/file/open.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store, StoreObserver } from './store.ts';

export interface OpenOptions {
  /** Whether an older schema is updated, or only created in an empty database. Otherwise it is an error. */
  migrate: MigrateMode;
  /** Whether the store also counts requests, for limits that all servers share. Default: true. */
  countsRequests?: boolean;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /** Called with a message for each setting that works, but is likely to be a mistake. */
  onWarning?: (message: string) => void;
  /** Called with a message when the clock of this host and that of PostgreSQL differ. */
  onClockSkew?: (message: string) => void;
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
  /** Time after which an idle PostgreSQL connection is closed. */
  databaseIdleTimeoutMs: number;
}

/** Opens the store. @throws StoreOpenError */
export async function openStore(
  settings: StoreSettings,
  { migrate, countsRequests = true, observer, onWarning, onClockSkew }: OpenOptions,
): Promise<Store> {
  const reporting = { ...(observer && { observer }), ...(onWarning && { onWarning }) };
  if (settings.databaseUrl === undefined)
    return openSqliteStore({ path: settings.databasePath, migrate, ...reporting });
  // Loaded on demand: the driver takes a tenth of the start.
  const { openPostgresStore } = await import('./postgres/store.ts');
  return openPostgresStore({
    url: settings.databaseUrl,
    migrate,
    countsRequests,
    poolSize: settings.databasePoolSize,
    timeoutMs: settings.databaseTimeoutMs,
    idleTimeoutMs: settings.databaseIdleTimeoutMs,
    ...reporting,
    ...(onClockSkew && { onClockSkew }),
  });
}

/** Updates the schema, and returns the names of the migrations that were applied. @throws StoreOpenError */
export async function migrateStore(settings: StoreSettings): Promise<string[]> {
  if (settings.databaseUrl !== undefined) {
    const { prepareSchema } = await import('./postgres/schema/migrate.ts');
    const { applied } = await prepareSchema(parseDatabaseUrl(settings.databaseUrl), { migrate: true });
    return applied;
  }
  return migrateFile(settings.databasePath);
}

/** Returns what `migrateStore` would do. @throws StoreOpenError */
export async function readSchemaState(settings: StoreSettings): Promise<SchemaState> {
  if (settings.databaseUrl === undefined) return readFileState(settings.databasePath);
  const { readSchemaState: read } = await import('./postgres/schema/migrate.ts');
  return read(parseDatabaseUrl(settings.databaseUrl));
}

/** Returns the kind and the name of the database for the log, without its password. */
export function nameStore(settings: StoreSettings): string {
  if (settings.databaseUrl !== undefined) return `PostgreSQL ${describeStore(settings)}`;
  return `SQLite ${resolve(settings.databasePath)}`;
}

/** Returns a name of the database for messages, without its password. */
export function describeStore({ databasePath, databaseUrl }: StoreSettings): string {
  return databaseUrl === undefined ? databasePath : parseDatabaseUrl(databaseUrl).displayName;
}
