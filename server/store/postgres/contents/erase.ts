// Deletes single organizations, customers and accounts in PostgreSQL, inside a transaction of the caller.
import { type AccountContents, type CustomerDeletion, ORGANIZATIONS_SHOWN } from '../../store.ts';
import type { Query } from '../connection/query.ts';
import { ACCOUNT_LOCK } from '../statements.ts';

/**
 * Deletes an organization with its members and the responses of its idempotency keys. Returns false if there is none.
 */
export async function deleteOrganization(query: Query, account: string, id: string): Promise<boolean> {
  let deleted: unknown[] = [];
  for (const table of ['idempotency_keys', 'organization_members', 'organizations']) {
    const text = `DELETE FROM ${table} WHERE account_id = $1 AND organization_id = $2 RETURNING 1`;
    deleted = await query({ text, values: [account, id] });
  }
  return deleted.length === 1;
}

export async function deleteCustomer(query: Query, account: string, id: string): Promise<CustomerDeletion> {
  const values = [account, id];
  // A create with this customer now waits, or has been stored and is visible to the next statement.
  const text = 'SELECT 1 FROM customers WHERE account_id = $1 AND customer_id = $2 FOR UPDATE';
  const known = await query({ text, values });
  if (known.length === 0) return { kind: 'unknown' };
  const organizations = await query<{ id: string }>({
    text: `SELECT organization_id AS id FROM organizations WHERE account_id = $1 AND owner_id = $2
           UNION SELECT organization_id FROM organization_members WHERE account_id = $1 AND customer_id = $2
           ORDER BY 1`,
    values,
  });
  if (organizations.length > 0) {
    const shown = organizations.slice(0, ORGANIZATIONS_SHOWN).map((row) => row.id);
    return { kind: 'inUse', count: organizations.length, organizations: shown };
  }
  await query({ text: 'DELETE FROM customers WHERE account_id = $1 AND customer_id = $2', values });
  return { kind: 'deleted' };
}

export async function countContents(query: Query, account: string): Promise<AccountContents> {
  const [row] = await query<{ [Name in keyof AccountContents]: number }>({
    text: `SELECT (SELECT count(*)::int FROM customers WHERE account_id = $1) AS customers,
             (SELECT count(*)::int FROM organizations WHERE account_id = $1) AS organizations,
             (SELECT count(*)::int FROM api_keys WHERE account_id = $1) AS keys`,
    values: [account],
  });
  if (!row) throw new Error('Counting returned no row.');
  return row;
}

/** Locks an account until the end of the transaction, and returns its name, if it exists. */
export async function lockAccount(query: Query, account: string): Promise<string | undefined> {
  const text = 'SELECT name FROM accounts WHERE account_id = $1 FOR UPDATE';
  const [row] = await query<{ name: string }>({ text, values: [account] });
  return row?.name;
}

/** Blocks creates for the account until the end of the transaction, and waits for running ones. */
export async function lockCreates(query: Query, account: string): Promise<void> {
  await query({ text: `SELECT pg_advisory_xact_lock(${ACCOUNT_LOCK})`, values: [account] });
}

/** Deletes an account. Call `lockAccount` and `lockCreates` first. `hasIndexes`: see `withErasureIndexes`. */
export async function eraseAccount(query: Query, account: string, hasIndexes: boolean): Promise<void> {
  // Before the first ANALYZE, PostgreSQL would combine these indexes with others, and read the whole account for each
  // row.
  if (hasIndexes) await query({ text: "SELECT set_config('enable_bitmapscan', 'off', true)" });
  // Tables with references to others come first.
  const tables = ['idempotency_keys', 'organization_members', 'organizations', 'customers', 'api_keys'];
  for (const table of [...tables, 'request_windows', 'accounts'])
    await query({ text: `DELETE FROM ${table} WHERE account_id = $1`, values: [account] });
}
