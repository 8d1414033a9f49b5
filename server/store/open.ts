// Chooses the store by the settings: PostgreSQL where there is a DATABASE_URL, a SQLite file elsewhere.
import type { Config } from '../config.ts';
import { readDatabaseUrl } from './postgres/url.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store } from './store.ts';

type StoreConfig = Pick<
  Config,
  'databasePath' | 'databaseUrl' | 'databasePoolSize' | 'databaseTimeoutMs' | 'databaseIdleTimeoutMs'
>;

/**
 * Opens the store. An older schema is brought up to date, or is an error with `migrate: false`; a SQLite file always is brought up to date, for it
 * has no roles.
 *
 * @throws StoreNotUsable
 */
export async function openStore(config: StoreConfig, { migrate = true }: { migrate?: boolean } = {}): Promise<Store> {
  if (config.databaseUrl === undefined) return openSqliteStore({ path: config.databasePath });
  // Loaded only where it is used: the driver takes a tenth of the start.
  const { openPostgresStore } = await import('./postgres/store.ts');
  return openPostgresStore({
    url: config.databaseUrl,
    migrate,
    poolSize: config.databasePoolSize,
    timeoutMs: config.databaseTimeoutMs,
    idleTimeoutMs: config.databaseIdleTimeoutMs,
  });
}

/** Brings the schema up to date and gives the names of the migrations that were applied, none if it was. @throws StoreNotUsable */
export async function migrateStore(config: StoreConfig): Promise<string[]> {
  if (config.databaseUrl !== undefined) {
    const { prepareSchema } = await import('./postgres/migrate.ts');
    return prepareSchema(readDatabaseUrl(config.databaseUrl), { migrate: true });
  }
  await openSqliteStore({ path: config.databasePath }).close();
  return [];
}

/** What the settings lead to, for people; never with a password. */
export function describeStore(config: Pick<Config, 'databasePath' | 'databaseUrl'>): string {
  return config.databaseUrl === undefined ? config.databasePath : readDatabaseUrl(config.databaseUrl).shown;
}
