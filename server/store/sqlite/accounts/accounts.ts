// Reads and changes accounts in SQLite. Changes are made inside a transaction of the caller.

import type { DatabaseSync } from 'node:sqlite';
import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../../events.ts';
import type { Account } from '../../records.ts';
import type { AccountDeletion, AccountDeletionOptions, AccountRenaming } from '../../store.ts';
import { countContents, eraseAccount } from '../contents/erase.ts';
import type { Statements } from '../statements.ts';

/** Implements `Store.addAccount`. `nowMs` is in milliseconds since 1970-01-01 UTC. */
export function addAccount(statements: Statements, name: string, nowMs: number): Change<string> {
  const known = findAccount(statements, name);
  if (known !== undefined) return { result: known };
  const account = uuidv7();
  statements.addAccount.run(account, name, nowMs);
  return { result: account, event: { account, type: 'account.created', subject: name } };
}

/** Implements `Store.listAccounts`. */
export function listAccounts(statements: Statements): Account[] {
  return statements.listAccounts.all().map((row) => ({ id: String(row.account_id), name: String(row.name) }));
}

/** Implements `Store.findAccount`. */
export function findAccount(statements: Statements, name: string): string | undefined {
  const row = statements.findAccount.get(name);
  return row && String(row.account_id);
}

/** Implements `Store.renameAccount`. */
export function renameAccount(statements: Statements, account: string, name: string): Change<AccountRenaming> {
  const previous = statements.findAccountName.get(account);
  if (!previous) return { result: 'unknown' };
  const other = findAccount(statements, name);
  if (other !== undefined && other !== account) return { result: 'nameTaken' };
  statements.renameAccount.run(name, account);
  const details = { previousName: String(previous.name) };
  return { result: 'renamed', event: { account, type: 'account.renamed', subject: name, details } };
}

/** Implements `Store.deleteAccount`. */
export function deleteAccount(
  database: DatabaseSync,
  statements: Statements,
  account: string,
  { withData = false }: AccountDeletionOptions,
): Change<AccountDeletion> {
  const known = statements.findAccountName.get(account);
  const contents = countContents(database, account);
  if (!known) return { result: { kind: 'unknown', contents } };
  const isEmpty = contents.customers === 0 && contents.organizations === 0;
  if (!isEmpty && !withData) return { result: { kind: 'notEmpty', contents } };
  const subject = String(known.name);
  eraseAccount(database, account);
  return {
    result: { kind: 'deleted', contents },
    event: { account, type: 'account.deleted', subject, details: { ...contents } },
  };
}
