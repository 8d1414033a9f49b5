// The real thing: what the operations of the contract do, on a store.
import { hash } from 'node:crypto';
import { type CreateCustomerOrganizationResponse, errorTypes, type Handlers } from '../../generated/operations.ts';
import type { Violation } from '../edge/errors.ts';
import type { Context } from '../edge/options.ts';
import type { Store } from '../store/store.ts';
import { newId } from './new-id.ts';

/**
 * The handlers of this server, which keep everything in this store. What the store throws is answered by the edge: `toApiError` of
 * `createApp` tells how.
 *
 * @example
 * const store = openSqliteStore({ path: ':memory:' });
 * const app = await createApp(createHandlers(store), {
 *   authenticate: authenticateBy(store),
 *   toApiError: (error) => (error instanceof StoreUnavailable ? new ApiError('Unavailable', { headers: { 'Retry-After': 5 } }) : undefined),
 * });
 */
export function createHandlers(store: Store): Handlers<Context> {
  return {
    async createCustomerOrganization({ body, headers }, { principal }) {
      const { ownerId, memberIds } = canonical(body);
      const key = headers['Idempotency-Key'];
      const outcome = await store.createOrganization({
        account: principal.account,
        id: newId(),
        ownerId,
        memberIds: [...new Set(memberIds)].filter((id) => id !== ownerId),
        ...(key !== undefined && { idempotency: { key, fingerprint: fingerprint({ ownerId, memberIds }) } }),
      });
      switch (outcome.kind) {
        case 'created':
          return { status: 201, body: outcome.organization };
        case 'replayed':
          return { status: 201, headers: { 'Idempotency-Replayed': 'true' }, body: outcome.organization };
        case 'keyReused':
          return {
            status: 409,
            body: { error: { type: 'IdempotencyKeyReused', message: errorTypes.IdempotencyKeyReused.message } },
          };
        case 'unknownCustomers':
          return unknownCustomers(outcome.ids, { ownerId, memberIds });
      }
    },
  };
}

export interface Parties {
  ownerId: string;
  memberIds: string[];
}

/** Upper case means the same customer. */
export function canonical({ ownerId, memberIds }: Parties): Parties {
  return { ownerId: ownerId.toLowerCase(), memberIds: memberIds.map((id) => id.toLowerCase()) };
}

/** Equal for requests that mean the same: white space, order of properties and case of IDs make no difference. */
export function fingerprint({ ownerId, memberIds }: Parties): Uint8Array {
  return hash('sha256', JSON.stringify(['createCustomerOrganization', ownerId, memberIds]), 'buffer');
}

/** Names every unknown ID, at the place where the request mentions it first. */
function unknownCustomers(ids: string[], { ownerId, memberIds }: Parties): CreateCustomerOrganizationResponse {
  const places = new Map<string, string>();
  for (const [index, id] of memberIds.entries()) if (!places.has(id)) places.set(id, `/memberIds/${index}`);
  places.set(ownerId, '/ownerId');
  const details = ids.map(
    (id): Violation => ({ in: 'body', pointer: places.get(id) ?? '', message: `The account has no customer ${id}.` }),
  );
  const count = ids.length === 1 ? 'one' : ids.length.toLocaleString('en');
  return {
    status: 400,
    body: {
      error: {
        type: 'UnknownCustomers',
        message: `The account has no customer with ${count} of the IDs; see details.`,
        details,
      },
    },
  };
}
