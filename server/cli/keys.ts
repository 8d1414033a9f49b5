// `keys`: creates, lists and revokes API keys.
import type { Command } from 'commander';
import { apiVersions } from '../../generated/operations.ts';
import { createApiKey } from '../auth/api-keys.ts';
import { readConfig } from '../config.ts';
import type { Account, ListedApiKey, Store } from '../store/store.ts';
import { escapeInvisible, quoteWhole } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';
import { accountOption, newAccountOption, requireAccount } from './options.ts';
import { findAccount, withStore } from './with-store.ts';

export function addKeysCommand(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('create, list and revoke API keys');
  addCreate(keys, context);
  addList(keys, context);
  addRevoke(keys, context);
}

interface CreateOptions {
  account?: string;
  pinVersion?: true;
  json?: true;
}

function addCreate(keys: Command, { environment, stdout, stderr }: CliContext): void {
  keys
    .command('create')
    .description('create a key and print its secret, once; creates the account if it does not exist')
    .addOption(newAccountOption('the account that the key acts for'))
    .option('--pin-version', `requests without a version get ${apiVersions.at(-1)}, also when there is a newer one`)
    .option('--json', 'print one JSON object')
    .action(async (options: CreateOptions, command: Command) => {
      const name = requireAccount(options, command);
      const config = readConfig(environment);
      const work = async (store: Store) => {
        const isNew = (await store.findAccount(name)) === undefined;
        const account = await store.addAccount(name);
        const pinnedVersion = options.pinVersion && apiVersions.at(-1);
        const { clientId, secret, stored } = createApiKey(account, pinnedVersion);
        await store.addApiKey(stored);
        if (isNew) stderr.write(`Created the account ${quoteWhole(name)}.\n`);
        if (options.json) {
          const shown = { account: name, clientId, clientSecret: secret, pinnedVersion: pinnedVersion ?? null };
          stdout.write(`${escapeInvisible(JSON.stringify(shown))}\n`);
          return;
        }
        stdout.write(`Client ID:      ${clientId}\nClient secret:  ${secret}\n`);
        if (pinnedVersion) stdout.write(`Pinned to:      ${pinnedVersion}\n`);
        stderr.write('Save the secret now. It is not stored, and cannot be shown again.\n');
      };
      await withStore(config, work, { create: true });
    });
}

function addList(keys: Command, { environment, stdout, stderr }: CliContext): void {
  keys
    .command('list')
    .description('list keys, revoked ones included, without their secrets')
    .addOption(accountOption('only keys of this account'))
    .option('--json', 'print one JSON object a line')
    .action(async ({ account: name, json }: { account?: string; json?: true }) => {
      await withStore(readConfig(environment), async (store) => {
        const accounts =
          name === undefined ? await store.listAccounts() : [{ id: await findAccount(store, name), name }];
        const rows = await listKeys(store, accounts);
        if (json) for (const row of rows) stdout.write(`${escapeInvisible(JSON.stringify(row))}\n`);
        else if (rows.length === 0) stderr.write('There are no keys. `keys create` creates one.\n');
        else stdout.write(formatTable(rows));
      });
    });
}

interface Row {
  account: string;
  clientId: string;
  createdAt: string;
  pinnedVersion: string | null;
  revokedAt: string | null;
}

async function listKeys(store: Store, accounts: Account[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { id, name } of accounts) {
    for (const key of await store.listApiKeys(id)) rows.push(toRow(name, key));
  }
  return rows;
}

function toRow(account: string, { clientId, createdAt, pinnedVersion, revokedAt }: ListedApiKey): Row {
  return {
    account,
    clientId,
    createdAt: createdAt.toISOString(),
    pinnedVersion: pinnedVersion ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

function formatTable(rows: Row[]): string {
  const cells = [
    ['ACCOUNT', 'CLIENT ID', 'CREATED', 'PINNED TO', 'REVOKED'],
    ...rows.map((row) => [
      escapeInvisible(row.account),
      row.clientId,
      row.createdAt,
      row.pinnedVersion ?? '-',
      row.revokedAt ?? '-',
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

function addRevoke(keys: Command, { environment, stdout }: CliContext): void {
  keys
    .command('revoke')
    .description('revoke a key; running servers refuse it within 5 seconds')
    .argument('<client-id>', 'the client ID of the key, as in `keys list`')
    .action(async (clientId: string) => {
      await withStore(readConfig(environment), async (store) => {
        if (!(await store.revokeApiKey(clientId))) {
          throw new CommandError(
            `There is no key ${quoteWhole(clientId)}, or it is already revoked. \`keys list\` lists all keys.`,
          );
        }
        stdout.write(`Revoked ${escapeInvisible(clientId)}.\n`);
      });
    });
}
