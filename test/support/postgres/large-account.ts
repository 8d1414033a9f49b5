// An account in PostgreSQL whose deletion needs indexes of its own.

/** The number of organizations. Its square exceeds the work that a deletion does without creating these indexes. */
export const ORGANIZATIONS = 3200;

/**
 * Adds the organizations, which belong to this number of customers. Each has its owner as a member, and was created
 * with a key. `query` runs a statement whose `$1` is the account.
 */
export async function fillLargeAccount(query: (text: string) => Promise<unknown>, customers: number): Promise<void> {
  for (const text of [
    `INSERT INTO customers SELECT $1, gen_random_uuid(), 'Name' FROM generate_series(1, ${customers})`,
    `INSERT INTO organizations SELECT $1, gen_random_uuid(), customer_id, now()
       FROM customers, generate_series(1, ${ORGANIZATIONS / customers}) WHERE account_id = $1`,
    'INSERT INTO organization_members SELECT $1, organization_id, 0, owner_id FROM organizations WHERE account_id = $1',
    `INSERT INTO idempotency_keys
       SELECT $1, gen_random_uuid()::text, sha256(''), organization_id, '{Name}', now() FROM organizations
       WHERE account_id = $1`,
  ])
    await query(text);
}
