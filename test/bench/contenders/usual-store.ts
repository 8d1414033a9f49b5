// Opens the store of the conventional contenders.
import { openPostgres } from './postgres-store.ts';
import { openSqlite } from './sqlite-store.ts';

/** `database` is the URL of a PostgreSQL database, or the path of a SQLite file. */
export function openUsualStore(database: string) {
  return database.startsWith('postgres') ? openPostgres(database) : openSqlite(database);
}
