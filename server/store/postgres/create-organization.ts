// Creates organizations in one round trip, or in two when another request with the same idempotency key is faster.
import {
  type CreateOutcome,
  type Customer,
  IDEMPOTENCY_TTL_MS,
  type NewOrganization,
  type Organization,
  StoreUnavailable,
} from '../store.ts';
import type { Query } from './connection-pool.ts';
import { CREATE, CREATE_TOGETHER, CREATE_WITH_KEY, FIND_IDEMPOTENCY_KEY } from './statements.ts';
import { encodeUuidArray } from './uuid-array.ts';

interface Known {
  fingerprint: Buffer;
  organization_id: string;
  known_names: string[];
}

interface Attempt {
  /** Null when the key is known. */
  names: (string | null)[] | null;
  claimed: boolean;
}

/** `nowMs`: milliseconds since 1970-01-01 UTC. Rejects as pg does. */
export async function createOrganization(
  query: Query,
  organization: NewOrganization,
  nowMs: number,
): Promise<CreateOutcome> {
  const { account, id, ownerId, memberIds, idempotency } = organization;
  const ids = [ownerId, ...memberIds];
  const values = [account, id, encodeUuidArray(ids), new Date(nowMs).toISOString()];
  if (!idempotency) {
    const [row] = await query<{ names: (string | null)[] }>({ ...CREATE, values });
    return describeCreated(id, ids, row?.names ?? []);
  }

  const expiredAt = new Date(nowMs - IDEMPOTENCY_TTL_MS).toISOString();
  const [row] = await query<Attempt & (Known | { fingerprint: null })>({
    ...CREATE_WITH_KEY,
    values: [...values, idempotency.key, Buffer.from(idempotency.fingerprint), expiredAt],
  });
  if (!row) throw new Error('Creating gave no row.');
  if (row.fingerprint !== null) return describeKnown(row, idempotency, ids);
  if (row.claimed || row.names?.includes(null)) return describeCreated(id, ids, row.names ?? []);

  // The other request was not stored yet when this statement began, and was when it ended: a new statement sees it.
  const [other] = await query<Known>({ ...FIND_IDEMPOTENCY_KEY, values: [account, idempotency.key, expiredAt] });
  if (!other) throw new StoreUnavailable('The idempotency key expired while it was asked for.');
  return describeKnown(other, idempotency, ids);
}

/** For how long a group of creates waits for a lock. Whoever is kept from one then waits alone, and the others do not. */
const GROUP_LOCK_TIMEOUT_MS = 200;

/** Creates organizations of one account without idempotency keys. Fails as a whole, but for unknown customers. */
export async function createTogether(query: Query, group: NewOrganization[], nowMs: number): Promise<CreateOutcome[]> {
  const [first] = group;
  if (!first) return [];
  const parties = group.map(({ ownerId, memberIds }) => [ownerId, ...memberIds]);
  const [row] = await query<{ names: (string | null)[] }>({
    ...CREATE_TOGETHER,
    values: [
      first.account,
      encodeUuidArray(group.map(({ id }) => id)),
      `{${parties.flatMap((ids, index) => ids.map(() => index + 1)).join()}}`,
      `{${parties.flatMap((ids) => ids.map((_, position) => position)).join()}}`,
      encodeUuidArray(parties.flat()),
      new Date(nowMs).toISOString(),
      String(GROUP_LOCK_TIMEOUT_MS),
    ],
  });
  const names = row?.names ?? [];
  let place = 0;
  return group.map(({ id }, index) => {
    const ids = parties[index] ?? [];
    place += ids.length;
    return describeCreated(id, ids, names.slice(place - ids.length, place));
  });
}

function describeCreated(id: string, ids: string[], names: (string | null)[]): CreateOutcome {
  const unknown = ids.filter((_, index) => names[index] === null);
  if (unknown.length > 0) return { kind: 'unknownCustomers', ids: unknown };
  return { kind: 'created', organization: assemble(id, ids, names) };
}

function describeKnown(
  known: Known,
  { fingerprint }: NonNullable<NewOrganization['idempotency']>,
  ids: string[],
): CreateOutcome {
  if (!known.fingerprint.equals(fingerprint)) return { kind: 'keyReused' };
  return { kind: 'replayed', organization: assemble(known.organization_id, ids, known.known_names) };
}

function assemble(id: string, ids: string[], names: (string | null)[]): Organization {
  if (names.length !== ids.length) throw new Error(`There are ${names.length} names for ${ids.length} customers.`);
  const [owner, ...members] = ids.map((each, index): Customer => ({ id: each, name: names[index] ?? '' }));
  if (!owner) throw new Error('There is no owner.');
  return { id, owner, members };
}
