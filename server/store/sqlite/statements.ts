// The statements of the store on SQLite. The first parameter of each is the account, except where it looks one up.
import type { DatabaseSync } from 'node:sqlite';

export type Statements = ReturnType<typeof prepareStatements>;

/**
 * Lists a page of `current_customers`: `?1` account, `?2` the last ID of the previous page, `?3` limit. Reads one page
 * of each table by its key, because SQLite would read both tables completely for a page of the view.
 */
export const LIST_CUSTOMERS = `
  SELECT customer_id, name, max(imported) FROM (
    SELECT * FROM (
      SELECT customer_id, name, 1 AS imported FROM imported_customers
      WHERE import_id = (SELECT import_id FROM imports WHERE published_at IS NOT NULL AND account_id = ?1)
        AND customer_id > ?2
      ORDER BY customer_id LIMIT ?3
    )
    UNION ALL
    SELECT * FROM (
      SELECT customer_id, name, 0 FROM customers WHERE account_id = ?1 AND customer_id > ?2
      ORDER BY customer_id LIMIT ?3
    )
  )
  GROUP BY customer_id ORDER BY customer_id LIMIT ?3`;

export function prepareStatements(database: DatabaseSync) {
  return {
    findApiKey: database.prepare(
      `SELECT account_id, secret_sha256, pinned_version, label, expires_at,
         CASE WHEN previous_expires_at > ?2 THEN previous_secret_sha256 END AS previous_secret_sha256,
         CASE WHEN previous_expires_at > ?2 THEN previous_expires_at END AS previous_expires_at
       FROM api_keys WHERE client_id = ?1 AND revoked_at IS NULL AND disabled_at IS NULL
         AND (expires_at IS NULL OR expires_at > ?2)`,
    ),
    addAccount: database.prepare('INSERT INTO accounts (account_id, name, created_at) VALUES (?, ?, ?)'),
    listAccounts: database.prepare('SELECT account_id, name FROM accounts ORDER BY name'),
    addApiKey: database.prepare(
      `INSERT INTO api_keys (account_id, client_id, secret_sha256, pinned_version, created_at, label, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    countAccounts: database.prepare('SELECT count(*) AS n FROM accounts'),
    findAccount: database.prepare('SELECT account_id FROM accounts WHERE name = ?'),
    listApiKeys: database.prepare(
      `SELECT client_id, pinned_version, created_at, revoked_at, label, expires_at, disabled_at, last_used_at,
         previous_expires_at FROM api_keys
       WHERE account_id = ? ORDER BY created_at, client_id`,
    ),
    revokeApiKey: database.prepare(
      'UPDATE api_keys SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL RETURNING account_id',
    ),
    disableApiKey: database.prepare(
      `UPDATE api_keys SET disabled_at = ? WHERE client_id = ? AND revoked_at IS NULL AND disabled_at IS NULL
       RETURNING account_id`,
    ),
    enableApiKey: database.prepare(
      `UPDATE api_keys SET disabled_at = NULL WHERE client_id = ? AND revoked_at IS NULL AND disabled_at IS NOT NULL
       RETURNING account_id`,
    ),
    pinApiKey: database.prepare(
      `UPDATE api_keys SET pinned_version = ?1
       WHERE client_id = ?2 AND revoked_at IS NULL AND pinned_version IS NOT ?1 RETURNING account_id`,
    ),
    rotateApiKey: database.prepare(
      `UPDATE api_keys SET previous_secret_sha256 = secret_sha256, previous_expires_at = ?, secret_sha256 = ?
       WHERE client_id = ? AND revoked_at IS NULL RETURNING account_id`,
    ),
    recordApiKeyUse: database.prepare(
      // A time in the future comes from a clock that has been set back since.
      `UPDATE api_keys SET last_used_at = ?2
       WHERE client_id = ?1 AND (coalesce(last_used_at, 0) < ?2 OR last_used_at > ?3)`,
    ),
    addEvent: database.prepare(
      `INSERT INTO events (account_id, event_id, created_at, actor, type, subject, details)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    listEvents: database.prepare(
      `SELECT account_id, event_id, created_at, actor, type, subject, details FROM events
       WHERE event_id > ?1 AND (?2 IS NULL OR account_id = ?2) AND created_at >= ?3 ORDER BY event_id LIMIT ?4`,
    ),
    listOrganizations: database.prepare(
      `SELECT organization_id, created_at, client_id, request_id, api_version FROM organizations
       WHERE account_id = ? AND organization_id > ? AND created_at >= ? ORDER BY organization_id LIMIT ?`,
    ),
    findOrganization: database.prepare(
      `SELECT organization_id, created_at, client_id, request_id, api_version FROM organizations
       WHERE account_id = ? AND organization_id = ?`,
    ),
    listCustomers: database.prepare(LIST_CUSTOMERS),
    findAccountName: database.prepare('SELECT name FROM accounts WHERE account_id = ?'),
    renameAccount: database.prepare('UPDATE accounts SET name = ? WHERE account_id = ?'),
    // Returns the owner, and then the members in order.
    listParties: database.prepare(
      `SELECT c.customer_id, coalesce(
         (SELECT i.name FROM published_customers i WHERE i.account_id = ?1 AND i.customer_id = c.customer_id), c.name
       ) AS name FROM (
         SELECT owner_id AS customer_id, -1 AS position FROM organizations
         WHERE account_id = ?1 AND organization_id = ?2
         UNION ALL
         SELECT customer_id, position FROM organization_members WHERE account_id = ?1 AND organization_id = ?2
       ) p JOIN customers c ON c.account_id = ?1 AND c.customer_id = p.customer_id ORDER BY p.position`,
    ),
    purgeIdempotencyKeys: database.prepare(
      `DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at <= ? LIMIT ?)`,
    ),
    findNextApiKey: database.prepare('SELECT client_id FROM api_keys WHERE client_id > ? ORDER BY client_id LIMIT 1'),
    findAnyCustomer: database.prepare('SELECT account_id, customer_id FROM customers LIMIT 1'),
    findName: database.prepare('SELECT name FROM customers WHERE account_id = ? AND customer_id = ?'),
    listNames: database.prepare('SELECT customer_id AS id, name FROM customers WHERE account_id = ? LIMIT ?'),
    // Returns the known customers, each with the index of its ID in a JSON array. CROSS JOIN enforces this order, in
    // which each customer is found by its key.
    findNames: database.prepare(
      `SELECT json_group_array(ids.key) AS indexes, json_group_array(c.name) AS names
       FROM json_each(?2) ids CROSS JOIN customers c ON c.account_id = ?1 AND c.customer_id = ids.value`,
    ),
    findCustomer: database.prepare('SELECT name FROM current_customers WHERE account_id = ? AND customer_id = ?'),
    findPublishedImport: database.prepare(
      'SELECT import_id, account_id FROM imports WHERE published_at IS NOT NULL LIMIT 1',
    ),
    moveImported: database.prepare(
      `INSERT INTO customers (account_id, customer_id, name)
       SELECT ?, customer_id, name FROM imported_customers WHERE import_id = ? AND customer_id = ?
       ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name`,
    ),
    deleteImported: database.prepare('DELETE FROM imported_customers WHERE import_id = ? AND customer_id = ?'),
    findIdempotencyKey: database.prepare(
      `SELECT fingerprint, answer FROM idempotency_keys
       WHERE account_id = ? AND idempotency_key = ? AND created_at > ?`,
    ),
    // Replaces an expired key that has not been purged yet.
    putIdempotencyKey: database.prepare(
      `INSERT OR REPLACE INTO idempotency_keys
         (account_id, idempotency_key, fingerprint, organization_id, answer, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    addOrganization: database.prepare(
      `INSERT INTO organizations
         (account_id, organization_id, owner_id, created_at, client_id, request_id, api_version)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    addMember: database.prepare(
      'INSERT INTO organization_members (account_id, organization_id, position, customer_id) VALUES (?, ?, ?, ?)',
    ),
    // Adds the members of a JSON array.
    addMembers: database.prepare(
      `INSERT INTO organization_members (account_id, organization_id, position, customer_id)
       SELECT ?1, ?2, key, value FROM json_each(?3)`,
    ),
  };
}
