// `keys create` and `keys list`.
import { type Command, Option } from 'commander';
import { apiVersions } from '../../../generated/operations.ts';
import { createCredentials } from '../../auth/api-keys.ts';
import type { Account, ListedApiKey } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { accountNameViolation } from '../../text/name-rule.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { type KeyStatus, statusOf } from '../key-status.ts';
import { accountOption, newAccountOption, parseDateOrDuration, parseLabel, requireAccount } from '../options.ts';
import { printSecret, requireVisibleOutput } from '../print-secret.ts';
import { formatTable } from '../table.ts';
import { CREATE_HINT, findAccount, requireWritable, withStore } from '../with-store.ts';
import { addKeyChanges } from './key-changes.ts';

export function addKeysCommand(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('create, list, rotate, pin, disable, enable and revoke API keys');
  addCreate(keys, context);
  addList(keys, context);
  addKeyChanges(keys, context);
}

/** The newest version at the time when a key is created, to which the contract pins it by default. */
const NEWEST: string = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

interface CreateOptions {
  account?: string;
  createAccount?: true;
  label?: string;
  expires?: Date;
  /** The version to pin to; false for none. */
  pinVersion: string | false;
  json?: true;
}

function addCreate(keys: Command, context: CliContext): void {
  keys
    .command('create')
    .description('create a key and print its secret, once')
    .addOption(newAccountOption('the account that the key acts for'))
    .option('--create-account', 'create the account if it does not exist')
    .option('--label <text>', 'what the key is for, shown by `keys list`', parseLabel)
    .option(
      '--expires <when>',
      'a date such as 2027-01-31 (UTC), or a duration from now such as 90d',
      parseDateOrDuration,
    )
    .addOption(
      new Option('--pin-version [date]', 'requests without a version get this one, also when there is a newer one')
        .choices(apiVersions)
        .preset(NEWEST)
        .default(NEWEST),
    )
    .option('--no-pin-version', 'requests without a version get the newest one at any time')
    .option('--json', 'print one JSON object')
    .action(async (options: CreateOptions, command: Command) => {
      const name = requireAccount(options, command);
      const create = options.createAccount === true;
      // Accounts that were created by an older version may have any name.
      const violation = create ? accountNameViolation(name) : undefined;
      if (violation !== undefined) command.error(`error: ${violation}`);
      requireVisibleOutput(context);
      await withStore(context, (store) => createKey(store, name, options, context), { create });
    });
}

async function createKey(store: Store, name: string, options: CreateOptions, context: CliContext): Promise<void> {
  // A misspelled name must not create an account.
  const known = options.createAccount ? await store.findAccount(name) : await findAccount(store, name, { adds: true });
  const pinnedVersion = options.pinVersion === false ? undefined : options.pinVersion;
  const { label, expires: expiresAt } = options;
  const { clientId, secret, secretHash } = createCredentials();
  const lines = [
    ...(label === undefined ? [] : [`Label:          ${escapeInvisible(label)}`]),
    ...(expiresAt ? [`Expires:        ${expiresAt.toISOString()}`] : []),
    ...(pinnedVersion ? [`Pinned to:      ${pinnedVersion}`] : []),
  ];
  const shown = {
    account: name,
    clientId,
    clientSecret: secret,
    pinnedVersion: pinnedVersion ?? null,
    label: label ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
  const change = async () => {
    const key = { clientId, secretHash, pinnedVersion, label, expiresAt };
    if (known !== undefined) return store.addApiKey({ ...key, account: known });
    // Another command may have created the account meanwhile.
    const isNew = await store.addAccountWithKey(name, key);
    if (isNew) context.stderr.write(`Created the account ${quoteWhole(name)}.\n`);
  };
  await requireWritable(store);
  await printSecret(shown, { lines, json: options.json === true, context, change });
}

function addList(keys: Command, { environment, stdout, stderr }: CliContext): void {
  keys
    .command('list')
    .description('list keys, revoked ones included, without their secrets')
    .addOption(accountOption('only keys of this account'))
    .option('--json', 'print one JSON object a line')
    .action(async ({ account: name, json }: { account?: string; json?: true }) => {
      await withStore({ environment, stderr }, async (store) => {
        const accounts =
          name === undefined ? await store.listAccounts() : [{ id: await findAccount(store, name), name }];
        const rows = await listKeys(store, accounts);
        if (json) for (const row of rows) stdout.write(jsonLine(row));
        else if (accounts.length === 0) stderr.write(`There are no keys, and no accounts.${CREATE_HINT}\n`);
        else if (rows.length === 0) stderr.write('There are no keys. `keys create` creates one.\n');
        else stdout.write(formatTable([HEADING, ...rows.map(toCells)]));
      });
    });
}

interface Row {
  account: string;
  clientId: string;
  label: string | null;
  status: KeyStatus;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  /** The time until which the secret before the last rotation is valid. */
  previousSecretUntil: string | null;
  pinnedVersion: string | null;
  disabledAt: string | null;
  revokedAt: string | null;
}

async function listKeys(store: Store, accounts: Account[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { id, name } of accounts) {
    for (const key of await store.listApiKeys(id)) rows.push(toRow(name, key));
  }
  return rows;
}

function toRow(account: string, key: ListedApiKey): Row {
  const text = (date: Date | undefined) => date?.toISOString() ?? null;
  const isOverlapping = key.previousExpiresAt !== undefined && key.previousExpiresAt.getTime() > Date.now();
  return {
    account,
    clientId: key.clientId,
    label: key.label ?? null,
    status: statusOf(key),
    createdAt: key.createdAt.toISOString(),
    lastUsedAt: text(key.lastUsedAt),
    expiresAt: text(key.expiresAt),
    previousSecretUntil: isOverlapping ? text(key.previousExpiresAt) : null,
    pinnedVersion: key.pinnedVersion ?? null,
    disabledAt: text(key.disabledAt),
    revokedAt: text(key.revokedAt),
  };
}

const HEADING = [
  'ACCOUNT',
  'CLIENT ID',
  'LABEL',
  'STATUS',
  'CREATED',
  'LAST USED',
  'EXPIRES',
  'OLD SECRET UNTIL',
  'PINNED TO',
];

function toCells(row: Row): string[] {
  return [
    escapeInvisible(row.account),
    escapeInvisible(row.clientId),
    escapeInvisible(row.label ?? '-'),
    row.status,
    row.createdAt,
    row.lastUsedAt ?? '-',
    row.expiresAt ?? '-',
    row.previousSecretUntil ?? '-',
    row.pinnedVersion ?? '-',
  ];
}
