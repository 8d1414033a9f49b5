// Creates organizations in PostgreSQL in one round trip, or in two when a concurrent request has the same idempotency
// key.
import type { Customer, Organization } from '../../records.ts';
import { type CreateOutcome, IDEMPOTENCY_TTL_MS, type NewOrganization } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import type { Query } from '../connection/query.ts';
import { CREATE, CREATE_BATCH, CREATE_WITH_KEY, FIND_IDEMPOTENCY_KEY } from '../statements.ts';
import { encodeUuidArray } from '../uuid-array.ts';

interface KnownKey {
  fingerprint: Buffer;
  organization_id: string;
  known_names: string[];
}

interface Named {
  names: (string | null)[];
  /** False if nothing was stored because the account is being deleted. */
  accessible: boolean;
}

interface Attempt extends Pick<Named, 'accessible'> {
  /** The names; null if the key is known. */
  names: Named['names'] | null;
  claimed: boolean;
}

/** Creates an organization. `nowMs` is in milliseconds since 1970-01-01 UTC. Rejects with errors of pg. */
export async function createOrganization(
  query: Query,
  organization: NewOrganization,
  nowMs: number,
): Promise<CreateOutcome> {
  const { account, id, ownerId, memberIds, origin, idempotency } = organization;
  const ids = [ownerId, ...memberIds];
  const values = [account, id, encodeUuidArray(ids), new Date(nowMs).toISOString()];
  const origins = [origin?.clientId ?? null, origin?.requestId ?? null, origin?.apiVersion ?? null];
  if (!idempotency) {
    const [row] = await query<Named>({ ...CREATE, values: [...values, ...origins] });
    requireAccessible(row);
    return toCreated(id, ids, row?.names ?? []);
  }

  const expiredAt = new Date(nowMs - IDEMPOTENCY_TTL_MS).toISOString();
  const [row] = await query<Attempt & (KnownKey | { fingerprint: null })>({
    ...CREATE_WITH_KEY,
    values: [...values, idempotency.key, Buffer.from(idempotency.fingerprint), expiredAt, ...origins],
  });
  if (!row) throw new Error('Creating returned no row.');
  if (row.fingerprint !== null) return toKnown(row, organization, ids);
  requireAccessible(row);
  if (row.claimed || row.names?.includes(null)) return toCreated(id, ids, row.names ?? []);

  // The other request was stored while this statement ran, so only a new statement sees it.
  const [other] = await query<KnownKey>({ ...FIND_IDEMPOTENCY_KEY, values: [account, idempotency.key, expiredAt] });
  if (!other) throw new StoreUnavailableError('The idempotency key expired during the request.');
  return toKnown(other, organization, ids);
}

/** The time for which a batch waits for a lock. Then each create runs alone, so that only the blocked one waits. */
const BATCH_LOCK_TIMEOUT_MS = 200;

/**
 * Creates organizations of one account, without idempotency keys. Any error except unknown customers fails the whole
 * batch.
 */
export async function createBatch(query: Query, batch: NewOrganization[], nowMs: number): Promise<CreateOutcome[]> {
  const [first] = batch;
  if (!first) return [];
  const parties = batch.map(({ ownerId, memberIds }) => [ownerId, ...memberIds]);
  const [row] = await query<Named>({
    ...CREATE_BATCH,
    values: [
      first.account,
      encodeUuidArray(batch.map(({ id }) => id)),
      `{${parties.flatMap((ids, index) => ids.map(() => index + 1)).join()}}`,
      `{${parties.flatMap((ids) => ids.map((_, position) => position)).join()}}`,
      encodeUuidArray(parties.flat()),
      new Date(nowMs).toISOString(),
      String(BATCH_LOCK_TIMEOUT_MS),
      batch.map(({ origin }) => origin?.clientId ?? null),
      batch.map(({ origin }) => origin?.requestId ?? null),
      batch.map(({ origin }) => origin?.apiVersion ?? null),
    ],
  });
  requireAccessible(row);
  const names = row?.names ?? [];
  let end = 0;
  return batch.map(({ id }, index) => {
    const ids = parties[index] ?? [];
    end += ids.length;
    return toCreated(id, ids, names.slice(end - ids.length, end));
  });
}

/** The account is being deleted with all its data. */
export class AccountInDeletionError extends StoreUnavailableError {
  constructor() {
    super('The account is being deleted.', { kind: 'conflict' });
  }
}

function requireAccessible(row: Pick<Named, 'accessible'> | undefined): void {
  if (row?.accessible === false) throw new AccountInDeletionError();
}

function toCreated(id: string, ids: string[], names: (string | null)[]): CreateOutcome {
  const unknown = ids.filter((_, index) => names[index] === null);
  if (unknown.length > 0) return { kind: 'unknownCustomers', ids: unknown };
  return { kind: 'created', organization: assemble(id, ids, names) };
}

function toKnown(known: KnownKey, { id, idempotency }: NewOrganization, ids: string[]): CreateOutcome {
  if (idempotency && !known.fingerprint.equals(idempotency.fingerprint)) return { kind: 'keyReused' };
  // An earlier attempt of this create may have stored it, and lost the connection before the result.
  const kind = known.organization_id === id ? 'created' : 'replayed';
  return { kind, organization: assemble(known.organization_id, ids, known.known_names) };
}

function assemble(id: string, ids: string[], names: (string | null)[]): Organization {
  if (names.length !== ids.length) throw new Error(`There are ${names.length} names for ${ids.length} customers.`);
  const [owner, ...members] = ids.map((each, index): Customer => ({ id: each, name: names[index] ?? '' }));
  if (!owner) throw new Error('There is no owner.');
  return { id, owner, members };
}
