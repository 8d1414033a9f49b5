// `organizations get` and `organizations delete`.
import type { Command } from 'commander';
import type { Account, StoredOrganization } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { escapeInvisible, quoteWhole } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { addForOne } from '../options.ts';
import { findAccount, withStore } from '../with-store.ts';

interface Options {
  account?: string;
  json?: true;
}

export function addOrganizationRepair(organizations: Command, { environment, stdout, stderr }: CliContext): void {
  const owner = 'the account that owns it, if it is known';
  addForOne(organizations, 'get', 'print an organization', owner).action(
    async (id: string, { account, json }: Options) => {
      await withStore({ environment, stderr }, async (store) => {
        const found = await findOrganization(store, id, account);
        stdout.write(json ? toJson(found) : toText(found));
      });
    },
  );
  const erasure = 'delete an organization, with the responses that its idempotency keys replay';
  addForOne(organizations, 'delete', erasure, owner).action(async (id: string, { account: name, json }: Options) => {
    await withStore({ environment, stderr }, async (store) => {
      const { account } = await findOrganization(store, id, name);
      if (!(await store.deleteOrganization(account.id, id))) throw new CommandError(`There is no organization ${id}.`);
      const shown = { deleted: id, account: account.name };
      stdout.write(json ? jsonLine(shown) : `Deleted the organization ${id}.\n`);
    });
  });
}

interface Found {
  account: Account;
  organization: StoredOrganization;
}

/** Finds an organization. IDs are unique across accounts, so the account is optional. @throws CommandError */
async function findOrganization(store: Store, id: string, name: string | undefined): Promise<Found> {
  const accounts = name === undefined ? await store.listAccounts() : [{ id: await findAccount(store, name), name }];
  for (const account of accounts) {
    const organization = await store.findOrganization(account.id, id);
    if (organization) return { account, organization };
  }
  const where = name === undefined ? '' : ` in the account ${quoteWhole(name)}`;
  throw new CommandError(`There is no organization ${id}${where}.`);
}

function toJson({ account, organization: { id, createdAt, owner, members, origin } }: Found): string {
  const { clientId = null, requestId = null, apiVersion = null } = origin ?? {};
  const shown = { account: account.name, id, createdAt, owner, members, clientId, requestId, apiVersion };
  return jsonLine(shown);
}

function toText({ account, organization: { id, createdAt, owner, members } }: Found): string {
  const lines = [
    `Organization  ${id}`,
    `Account       ${escapeInvisible(account.name)}`,
    `Created       ${createdAt.toISOString()}`,
    `Owner         ${owner.id}  ${escapeInvisible(owner.name)}`,
    ...members.map((member) => `Member        ${member.id}  ${escapeInvisible(member.name)}`),
  ];
  return `${lines.join('\n')}\n`;
}
