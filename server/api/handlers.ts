// The handlers of the server: they implement each operation of the contract on a store.
import { hash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { errorTypes, type Handlers } from '../../generated/operations.ts';
import type { Context } from '../edge/options.ts';
import type { Organization } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { areMany, manyUnknownCustomers } from './many-unknown-customers.ts';
import { canonicalParties, canonicalText, membersOf } from './organization-rules.ts';
import { unknownCustomers } from './unknown-customers.ts';

/**
 * Creates the handlers of this server on a store. They do not handle errors of the store: map them with the option
 * `toApiError` of `createApp`.
 *
 * @example
 * const store = openSqliteStore({ path: ':memory:' });
 * const unavailable = (cause: unknown) => new ApiError('Unavailable', { headers: { 'Retry-After': 5 }, cause });
 * const app = await createApp(createHandlers(store), {
 *   authenticate: authenticateBy(store),
 *   toApiError: (error) => (error instanceof StoreUnavailableError ? unavailable(error) : undefined),
 * });
 */
export function createHandlers(store: Store): Handlers<Context> {
  return {
    async createCustomerOrganization({ body, headers }, { principal, requestId, version, addToLog, giveWay }) {
      const { ownerId, memberIds, ...others } = body;
      const parties = canonicalParties({ ownerId, memberIds });
      const key = headers['Idempotency-Key'];
      const organization = {
        account: principal.account,
        // Monotonic within the process, so IDs sort by creation (RFC 9562, section 6.2).
        id: uuidv7(),
        ownerId: parties.ownerId,
        memberIds: membersOf(parties),
        origin: { clientId: principal.clientId, requestId, apiVersion: version },
        ...(key !== undefined && {
          idempotency: { key, fingerprint: hash('sha256', canonicalText(parties, others), 'buffer') },
        }),
      };
      const outcome = await store.createOrganization(organization, giveWay);
      if ('organization' in outcome) addToLog({ organizationId: outcome.organization.id });
      switch (outcome.kind) {
        case 'created':
          return { status: 201, body: toBody(outcome.organization) };
        case 'replayed':
          return { status: 201, headers: { 'Idempotency-Replayed': 'true' }, body: toBody(outcome.organization) };
        case 'keyReused':
          return {
            status: 409,
            body: { error: { type: 'IdempotencyKeyReused', message: errorTypes.IdempotencyKeyReused.message } },
          };
        case 'unknownCustomers':
          return areMany(outcome.ids)
            ? manyUnknownCustomers(outcome.ids, parties)
            : unknownCustomers(outcome.ids, parties);
      }
    },
  };
}

/** Reduces an organization to the properties of the contract. */
function toBody({ id, owner, members }: Organization) {
  return { id, owner, members };
}
