// Opens the store for a command, and looks up what the command names.
import { readConfig } from '../config.ts';
import { openStore } from '../store/open.ts';
import { describeDamage } from '../store/sqlite/file/describe-damage.ts';
import type { Store } from '../store/store.ts';
import { type StoreErrorKind, StoreUnavailableError } from '../store/store-errors.ts';
import { quoteWhole } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';

/**
 * Runs `work` on the store, and closes it afterwards. An older schema is an error, and so is a missing one unless
 * `create` is set: a misspelled path would otherwise show an empty database, and leave it behind.
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

/** What a change that follows would fail with. Other reasons concern creates only. */
const NOT_WRITABLE = new Set<StoreErrorKind>(['full', 'file', 'readOnly', 'locked', 'connection', 'standby']);

/** Times that a locked database is tried. Each waits for 2 s, and a change would wait for 30 s. */
const LOCKED_CHECKS = 15;

/**
 * Call it before what cannot be undone, such as printing a secret. Waits for 30 s while the database is locked.
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

/** For commands that add something to an account. */
export const CREATE_HINT = ' `keys create --create-account` creates an account with its first key.';

/** Returns the ID of an existing account. `adds`: whether something is added to it. @throws CommandError */
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
