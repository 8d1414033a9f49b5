// Opens the store that the settings select: PostgreSQL if there is a URL, otherwise a SQLite file.
import { resolve } from 'node:path';
import type { MigrateMode, SchemaState } from './migrations.ts';
import { parseDatabaseUrl } from './postgres/address/url.ts';
import { migrateFile, readFileState } from './sqlite/file/open.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store, StoreObserver } from './store.ts';

export interface OpenOptions {
  /** Whether to update an older schema. It is an error otherwise. */
  migrate: MigrateMode;
  /** Whether the store counts requests, for limits that all servers share. Default: true. */
  countsRequests?: boolean;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /** Called with a message for each setting that works, but is likely to be a mistake. */
  onWarning?: (message: string) => void;
  /** Called with a message when the clock of this host and that of PostgreSQL differ. */
  onClockSkew?: (message: string) => void;
}

/** The settings of a store, which are part of `Config`. */
export interface StoreSettings {
  /** The SQLite file. */
  databasePath: string;
  /** The URL of PostgreSQL, which replaces the file. It contains a password, so it must never be printed. */
  databaseUrl: string | undefined;
  /** The maximum number of PostgreSQL connections of the process. */
  databasePoolSize: number;
  /**
   * The time limit in milliseconds for the work of a request in PostgreSQL, including the wait for a connection.
   * Finding its key and counting it take at most 1 s each, so that no request takes 5 s.
   */
  databaseTimeoutMs: number;
  /** The time in milliseconds after which an idle PostgreSQL connection is closed. */
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
  // Loaded on demand, because the driver takes a tenth of the start-up time.
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
