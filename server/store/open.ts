// Chooses the store that the settings name.
import type { Config } from '../config.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Store } from './store.ts';

/** Opens the store, and brings its schema up to date. @throws StoreNotUsable */
export async function openStore({ databasePath }: Pick<Config, 'databasePath'>): Promise<Store> {
  return openSqliteStore({ path: databasePath });
}

/** What to call the store when talking to a person. */
export function describeStore({ databasePath }: Pick<Config, 'databasePath'>): string {
  return databasePath;
}
