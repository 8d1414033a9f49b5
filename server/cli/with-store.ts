// Opens the store for a command, and looks up accounts.
import { readConfig } from '../config.ts';
import { openStore } from '../store/open.ts';
import { describeDamage } from '../store/sqlite/file/describe-damage.ts';
import type { Store } from '../store/store.ts';
import { type StoreErrorKind, StoreUnavailableError } from '../store/store-errors.ts';
import { quoteWhole } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';

/**
 * Runs `work` on the store, and closes the store afterwards. An older schema is an error. A missing one is too, unless
 * `create` is set: a misspelled path would otherwise create an empty database.
 *
 * @throws SettingsError | StoreOpenError
 */
export async function withStore<T>(
  { environment, stderr }: Pick<CliContext, 'environment' | 'stderr'>,
  work: (store: Store) => Promise<T>,
  { create = false }: { create?: boolean } = {},
): Promise<T> {
  const config = readConfig(environment);
  const onClockSkew = (message: string) => stderr.write(`Warning: ${message}.\n`);
  const store = await openStore(config, { migrate: create ? 'empty' : false, onClockSkew });
  try {
    return await work(store);
  } catch (error) {
    const isDamaged = error instanceof StoreUnavailableError && error.kind === 'damaged';
    throw (isDamaged && config.databaseUrl === undefined && describeDamage(error, config.databasePath)) || error;
  } finally {
    await store.close();
  }
}

/** The errors with which a command's change would fail too. Others concern creates only. */
const NOT_WRITABLE = new Set<StoreErrorKind>(['full', 'file', 'readOnly', 'locked', 'connection', 'standby']);

/** The number of attempts on a locked database. Each waits for 2 s, and a change would wait for 30 s. */
const LOCKED_CHECKS = 15;

/**
 * Must be called before an action that cannot be undone, such as printing a secret. Waits up to 30 s for a locked
 * database.
 *
 * @throws StoreUnavailableError
 */
export async function requireWritable(store: Pick<Store, 'check'>): Promise<void> {
  for (let check = 1; ; check++)
    try {
      return await store.check();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      if (!NOT_WRITABLE.has(error.kind)) return;
      if (error.kind !== 'locked' || check === LOCKED_CHECKS) throw error;
    }
}

const NAMES_SHOWN = 10;

/** A hint for commands that add something to an account. */
export const CREATE_HINT = ' `keys create --create-account` creates an account with its first key.';

/** Returns the ID of an existing account. `adds` is whether the command adds to the account. @throws CommandError */
export async function findAccount(store: Store, name: string, { adds = false } = {}): Promise<string> {
  const account = await store.findAccount(name);
  if (account !== undefined) return account;
  const names = (await store.listAccounts()).map((each) => quoteWhole(each.name));
  throw new CommandError(
    `There is no account ${quoteWhole(name)}. ${describeAccounts(names)}${adds ? CREATE_HINT : ''}`,
  );
}

function describeAccounts(names: string[]): string {
  if (names.length === 0) return 'There are no accounts.';
  const more = names.length - NAMES_SHOWN;
  const shown = more > 0 ? [...names.slice(0, NAMES_SHOWN), `${more.toLocaleString('en')} more`] : names;
  return `Existing accounts: ${shown.join(', ')}.`;
}
