// Opens the store for a command, and looks up what the command names.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { quoteWhole } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';

/**
 * Runs `work` on the store, and closes it afterwards. A missing SQLite file is an error unless `create` is set: a
 * misspelled path would otherwise show an empty database, and leave it behind.
 *
 * @throws StoreOpenError | CommandError
 */
export async function withStore<T>(
  config: Config,
  work: (store: Store) => Promise<T>,
  { create = false }: { create?: boolean } = {},
): Promise<T> {
  if (!create && config.databaseUrl === undefined && !existsSync(config.databasePath))
    throw new CommandError(
      `There is no database ${resolve(config.databasePath)}. ` +
        'Set DATABASE_PATH to an existing one; `serve`, `migrate` and `keys create` create one.',
    );
  const store = await openStore(config);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const NAMES_SHOWN = 10;

/** Returns the ID of an existing account. @throws CommandError */
export async function findAccount(store: Store, name: string): Promise<string> {
  const account = await store.findAccount(name);
  if (account !== undefined) return account;
  const names = (await store.listAccounts()).map((each) => quoteWhole(each.name));
  throw new CommandError(
    `There is no account ${quoteWhole(name)}. ${describeAccounts(names)} ` +
      '`keys create` creates an account with its first key.',
  );
}

function describeAccounts(names: string[]): string {
  if (names.length === 0) return 'There are no accounts.';
  const more = names.length - NAMES_SHOWN;
  const shown = more > 0 ? [...names.slice(0, NAMES_SHOWN), `${more.toLocaleString('en')} more`] : names;
  return `Existing accounts: ${shown.join(', ')}.`;
}
