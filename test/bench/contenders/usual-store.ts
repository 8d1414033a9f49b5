// The store of the conventional contenders, by the address of their database.
import { openPostgres } from './postgres-store.ts';
import { openSqlite } from './sqlite-store.ts';

/** `database`: the URL of a PostgreSQL, or the path of an SQLite file. */
export function openUsualStore(database: string) {
  return database.startsWith('postgres') ? openPostgres(database) : openSqlite(database);
}
