// Accounts in PostgreSQL. Each change is made inside a transaction of the caller, which also stores its event.
import { v7 as uuidv7 } from 'uuid';
import type { Change, NewEvent } from '../../events.ts';
import type { Account } from '../../records.ts';
import type { AccountDeletion, AccountDeletionOptions, AccountRenaming } from '../../store.ts';
import type { Query } from '../connection/query.ts';
import { countContents, eraseAccount, lockAccount, lockCreates } from '../contents/erase.ts';

/** Returns the ID of the account. */
export async function findAccount(query: Query, name: string): Promise<string | undefined> {
  const text = 'SELECT account_id FROM accounts WHERE name = $1';
  const [row] = await query<{ account_id: string }>({ text, values: [name] });
  return row?.account_id;
}

/** Adds an account, unless it exists. The result is its ID. `createdAt` is in ISO 8601. */
export async function addAccount(query: Query, name: string, createdAt: string): Promise<Change<string>> {
  const id = uuidv7();
  const text = `INSERT INTO accounts (account_id, name, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO NOTHING RETURNING account_id`;
  const [added] = await query<{ account_id: string }>({ text, values: [id, name, createdAt] });
  if (added) return { result: id, event: { account: id, type: 'account.created', subject: name } };
  const [known] = await query<{ account_id: string }>({
    text: 'SELECT account_id FROM accounts WHERE name = $1',
    values: [name],
  });
  if (!known) throw new Error('Adding an account returned no row.');
  return { result: known.account_id };
}

export async function listAccounts(query: Query): Promise<Account[]> {
  const text = 'SELECT account_id, name FROM accounts ORDER BY name';
  const rows = await query<{ account_id: string; name: string }>({ text, values: [] });
  return rows.map(({ account_id, name }) => ({ id: account_id, name }));
}

export async function renameAccount(query: Query, account: string, name: string): Promise<Change<AccountRenaming>> {
  // Blocks concurrent changes of names, but not the foreign keys of requests.
  await query({ text: 'LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE' });
  const previousName = await lockAccount(query, account);
  if (previousName === undefined) return { result: 'unknown' };
  const text = 'SELECT 1 FROM accounts WHERE name = $1 AND account_id <> $2';
  if ((await query({ text, values: [name, account] })).length > 0) return { result: 'nameTaken' };
  const details = { previousName };
  await query({ text: 'UPDATE accounts SET name = $1 WHERE account_id = $2', values: [name, account] });
  return { result: 'renamed', event: { account, type: 'account.renamed', subject: name, details } };
}

/**
 * Deletes an account. One that is not empty is kept, unless `withData` is set. `hasIndexes`: see `withErasureIndexes`.
 */
export async function deleteAccount(
  query: Query,
  account: string,
  { withData = false, hasIndexes = false }: AccountDeletionOptions & { hasIndexes?: boolean },
): Promise<Change<AccountDeletion>> {
  const subject = await lockAccount(query, account);
  if (withData) await lockCreates(query, account);
  const contents = await countContents(query, account);
  if (subject === undefined) return { result: { kind: 'unknown', contents } };
  const isEmpty = contents.customers === 0 && contents.organizations === 0;
  if (!isEmpty && !withData) return { result: { kind: 'notEmpty', contents } };
  await eraseAccount(query, account, hasIndexes);
  const event: NewEvent = { account, type: 'account.deleted', subject, details: { ...contents } };
  return { result: { kind: 'deleted', contents }, event };
}
