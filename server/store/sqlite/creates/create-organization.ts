// Creates an organization in SQLite.
import type { Organization } from '../../records.ts';
import { type CreateOutcome, IDEMPOTENCY_TTL_MS, type NewOrganization } from '../../store.ts';
import { RowDroppedError } from '../errors.ts';
import type { Statements } from '../statements.ts';
import { findNames } from './find-names.ts';
import type { NamesRead } from './names-ahead.ts';

/** A large import whose customers are visible but have not all been moved to the table of customers. */
export interface PublishedImport {
  id: number;
  account: string;
}

interface CreateContext {
  published?: PublishedImport | undefined;
  namesRead?: NamesRead | undefined;
}

/**
 * Implements `Store.createOrganization` inside a transaction of the caller. `nowMs` is in milliseconds since 1970-01-01
 * UTC.
 */
export function createOrganization(
  statements: Statements,
  { account, id, ownerId, memberIds, origin, idempotency }: NewOrganization,
  nowMs: number,
  { published, namesRead }: CreateContext,
): CreateOutcome {
  if (idempotency) {
    const known = statements.findIdempotencyKey.get(account, idempotency.key, nowMs - IDEMPOTENCY_TTL_MS);
    if (known) {
      const isSame = Buffer.compare(known.fingerprint as Uint8Array, idempotency.fingerprint) === 0; // STRICT: a BLOB.
      return isSame ? { kind: 'replayed', organization: JSON.parse(String(known.answer)) } : { kind: 'keyReused' };
    }
  }

  const ids = [ownerId, ...memberIds];
  const isMoving = published?.account === account;
  // Organizations reference moved customers only, and the names are read from those.
  if (isMoving) for (const each of ids) moveCustomer(statements, published, each);
  const names = (isMoving ? undefined : namesRead?.current()) ?? findNames(statements, account, ids);
  const unknown = ids.filter((_, index) => names[index] === null);
  if (unknown.length > 0) return { kind: 'unknownCustomers', ids: unknown };

  const [owner, ...members] = ids.map((each, index) => ({ id: each, name: names[index] }));
  const organization = { id, owner, members } as Organization; // Every name was found.
  const { clientId = null, requestId = null, apiVersion = null } = origin ?? {};
  requireStored(statements.addOrganization.run(account, id, ownerId, nowMs, clientId, requestId, apiVersion));
  addMembers(statements, account, id, memberIds);
  if (idempotency) {
    const response = JSON.stringify(organization);
    requireStored(
      statements.putIdempotencyKey.run(account, idempotency.key, idempotency.fingerprint, id, response, nowMs),
    );
  }
  return { kind: 'created', organization };
}

/** @throws RowDroppedError */
function addMembers(statements: Statements, account: string, id: string, memberIds: readonly string[]): void {
  if (memberIds.length < MANY_MEMBERS) {
    for (const [position, memberId] of memberIds.entries())
      requireStored(statements.addMember.run(account, id, position, memberId));
  } else {
    requireStored(statements.addMembers.run(account, id, JSON.stringify(memberIds)), memberIds.length);
  }
}

/** @throws RowDroppedError */
function requireStored({ changes }: { changes: number | bigint }, expected = 1): void {
  if (changes !== expected) throw new RowDroppedError();
}

/** The number of members from which on one statement adds all: 10,000 take 15 instead of 21 ms. */
const MANY_MEMBERS = 32;

function moveCustomer(statements: Statements, { id, account }: PublishedImport, customerId: string): void {
  const { changes } = statements.moveImported.run(account, id, customerId);
  if (changes === 1) statements.deleteImported.run(id, customerId);
}
