// Reads and deletes single organizations, customers and accounts in SQLite, inside a transaction of the caller.
import type { DatabaseSync } from 'node:sqlite';
import type { AccountContents, CustomerDeletion } from '../../store.ts';
import { ORGANIZATIONS_SHOWN } from '../../store.ts';

/**
 * Deletes an organization with its members and the responses of its idempotency keys. Returns false if there is none.
 */
export function deleteOrganization(database: DatabaseSync, account: string, id: string): boolean {
  const [changes] = ['idempotency_keys', 'organization_members', 'organizations']
    .map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE account_id = ? AND organization_id = ?`).run(account, id),
    )
    .slice(-1);
  return changes?.changes === 1;
}

export function deleteCustomer(database: DatabaseSync, account: string, id: string): CustomerDeletion {
  const organizations = database
    .prepare(
      `SELECT organization_id AS id FROM organizations WHERE account_id = ?1 AND owner_id = ?2
       UNION SELECT organization_id FROM organization_members WHERE account_id = ?1 AND customer_id = ?2 ORDER BY 1`,
    )
    .all(account, id)
    .map((row) => String(row.id));
  if (organizations.length > 0)
    return { kind: 'inUse', count: organizations.length, organizations: organizations.slice(0, ORGANIZATIONS_SHOWN) };
  const isKnown = database
    .prepare('SELECT 1 FROM current_customers WHERE account_id = ? AND customer_id = ?')
    .get(account, id);
  if (!isKnown) return { kind: 'unknown' };
  // An unfinished large import has already counted the customer, so the customer is deleted from it too.
  database
    .prepare(
      `DELETE FROM imported_customers
       WHERE customer_id = ?2 AND import_id IN (SELECT import_id FROM imports WHERE account_id = ?1)`,
    )
    .run(account, id);
  database.prepare('DELETE FROM customers WHERE account_id = ? AND customer_id = ?').run(account, id);
  return { kind: 'deleted' };
}

export function countContents(database: DatabaseSync, account: string): AccountContents {
  const count = (table: string) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table} WHERE account_id = ?`).get(account)?.n);
  return { customers: count('current_customers'), organizations: count('organizations'), keys: count('api_keys') };
}

export function eraseAccount(database: DatabaseSync, account: string): void {
  database
    .prepare('DELETE FROM imported_customers WHERE import_id IN (SELECT import_id FROM imports WHERE account_id = ?)')
    .run(account);
  // Tables with references to others come first.
  for (const table of [
    'idempotency_keys',
    'organization_members',
    'organizations',
    'customers',
    'imports',
    'api_keys',
    'accounts',
  ])
    database.prepare(`DELETE FROM ${table} WHERE account_id = ?`).run(account);
}
