// The create that readiness rehearses in PostgreSQL.
import { sampleOrganization } from '../../sample-organization.ts';
import type { CreateOutcome, NewOrganization } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { SCHEMA_ADVICE } from '../connection/errors.ts';
import type { Query } from '../connection/query.ts';
import { reserveRequests } from '../reserve-requests.ts';
import { COUNT_ROWS, FIND_SAMPLE } from '../statements.ts';
import { AccountInDeletionError, createOrganization } from './create-organization.ts';

interface SampleOptions {
  /** The current time in milliseconds since 1970-01-01 UTC. */
  nowMs: number;
  /** Whether requests are counted as well. */
  countsRequests: boolean;
}

/**
 * Creates an organization of any customer, if there is one, in a transaction that the caller rolls back, because a
 * constraint or a trigger may reject all creates.
 *
 * @throws StoreUnavailableError; errors of pg
 */
export async function createSample(query: Query, { nowMs, countsRequests }: SampleOptions): Promise<void> {
  const [row] = await query<{ account_id: string; customer_id: string; client_id: string | null }>({
    text: FIND_SAMPLE,
  });
  if (!row) return;
  const organization = sampleOrganization({
    account: row.account_id,
    clientId: row.client_id ?? undefined,
    customerId: row.customer_id,
    memberCount: 1,
  });
  const { account, origin } = organization;
  try {
    const outcome = await createUnlessInDeletion(query, organization, nowMs);
    // The customer was deleted meanwhile, or the account is being deleted.
    if (outcome?.kind !== 'created') return;
  } catch (error) {
    // A key that was not stored looks like one that has expired meanwhile. `requireRows` tells them apart.
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
  await requireRows(query, organization);
  // This comes last, because it locks the window of a client.
  if (countsRequests)
    await reserveRequests(query, { account, clientId: origin.clientId, requests: 1, windowMs: 60_000 });
}

/** Resolves with undefined if the account is being deleted, because creates for other accounts still succeed. */
export async function createUnlessInDeletion(
  query: Query,
  organization: NewOrganization,
  nowMs: number,
): Promise<CreateOutcome | undefined> {
  return createOrganization(query, organization, nowMs).catch((error: unknown) => {
    if (error instanceof AccountInDeletionError) return undefined;
    throw error;
  });
}

/**
 * Checks that no trigger or rule has dropped rows silently. @throws StoreUnavailableError unless each table has one row
 */
async function requireRows(query: Query, { account, id }: NewOrganization): Promise<void> {
  const [counts = {}] = await query<Record<string, number>>({ text: COUNT_ROWS, values: [account, id] });
  const empty = Object.entries(counts).flatMap(([table, count]) => (count === 1 ? [] : [table]));
  if (empty.length === 0) return;
  const tables = empty.join(' and ');
  throw new StoreUnavailableError(`PostgreSQL does not store rows in ${tables}.${SCHEMA_ADVICE}`, { kind: 'schema' });
}
