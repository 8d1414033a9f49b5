// Options that several commands have, and how their values are read.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { quoteWhole } from '../text/invisible.ts';
import { nameViolation } from '../text/name-rule.ts';
import { CommandFailed } from './command-error.ts';

/** `--account NAME` of an account that exists. Not mandatory for the parser, which would then tell of a missing option where one is misspelled: use `requireAccount`. */
export function accountOption(description: string): Option {
  return new Option('-a, --account <name>', description);
}

/** `--account NAME` of an account that may be created, so that its name is held to the rule for names. */
export function newAccountOption(description: string): Option {
  return accountOption(description).argParser((name) => {
    const violation = nameViolation(name);
    if (violation !== undefined) throw new InvalidArgumentError(violation);
    return name;
  });
}

/** @throws CommanderError when the option is missing */
export function requireAccount({ account }: { account?: string }, command: Command): string {
  if (account === undefined) command.error("error: required option '-a, --account <name>' not specified");
  return account;
}

/** An ISO 8601 date, which begins at midnight UTC, or a date with time and zone. */
export function parseDate(text: string): Date {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i.exec(text) ?? [];
  const date = new Date(text);
  // The built-in parser takes 2026-02-30 for the 2nd of March.
  const exists = day !== undefined && new Date(`${day}T00:00Z`).toJSON()?.startsWith(day);
  if (!exists || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write a date such as 2026-11-23 (UTC), or 2026-11-23T15:04:05Z.');
  return date;
}

/** Opens the store for one command, and closes it whatever happens. A SQLite file that does not exist is made only if asked for. @throws StoreNotUsable | CommandFailed */
export async function withStore<T>(
  config: Config,
  work: (store: Store) => Promise<T>,
  { create = false }: { create?: boolean } = {},
): Promise<T> {
  // Otherwise who misspells the path would look into an empty database, and leave it behind.
  if (!create && config.databaseUrl === undefined && !existsSync(config.databasePath))
    throw new CommandFailed(
      `There is no database ${resolve(config.databasePath)}. DATABASE_PATH names it; \`serve\`, \`migrate\` and \`keys create\` make one.`,
    );
  const store = await openStore(config);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The ID of an account that has to exist. @throws CommandFailed */
export async function findAccount(store: Store, name: string): Promise<string> {
  const account = await store.findAccount(name);
  if (account !== undefined) return account;
  const names = (await store.listAccounts()).map((each) => quoteWhole(each.name));
  const shown = names.length > 10 ? [...names.slice(0, 10), `${(names.length - 10).toLocaleString('en')} more`] : names;
  throw new CommandFailed(
    `There is no account ${quoteWhole(name)}. ${names.length > 0 ? `There are: ${shown.join(', ')}.` : 'There is none at all.'} \`keys create\` makes an account with its first key.`,
  );
}
