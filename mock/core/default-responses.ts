// The response to a request without a preference, built from the request. Operations that are not listed have none.
import { examples } from '../../generated/examples.ts';
import type { Handlers } from '../../generated/operations.ts';
import { canonicalParties, canonicalText, membersOf } from '../../server/api/organization-rules.ts';
import { unknownCustomers } from '../../server/api/unknown-customers.ts';
import type { NameOf } from './customers.ts';
import { IdempotencyKeys, REPLAYED_HEADER } from './idempotency.ts';

type RequestOf<Id extends keyof Handlers> = Parameters<Handlers[Id]>[0];
type ResponseOf<Id extends keyof Handlers> = Awaited<ReturnType<Handlers[Id]>>;

export type DefaultResponses = {
  [Id in keyof Handlers]?: (request: RequestOf<Id>, account: string, nameOf: NameOf) => ResponseOf<Id>;
};

/** What the contract declares besides the properties that depend on the request. */
const EXAMPLE = examples.createCustomerOrganization.responses[201].oneMember.body;

/** Responses as of a server that has just been started. */
export function createDefaultResponses(): DefaultResponses {
  const keys = new IdempotencyKeys();
  let created = 0;
  return {
    createCustomerOrganization({ body, headers }, account, nameOf) {
      const { ownerId, memberIds, ...others } = body;
      const parties = canonicalParties({ ownerId, memberIds });
      const request = canonicalText(parties, others);
      const key = headers['Idempotency-Key'];
      const replayed = key === undefined ? undefined : keys.find(account, key, request);
      const ids = [parties.ownerId, ...membersOf(parties)];
      const customers = ids.flatMap((id) => {
        const name = nameOf(id);
        return name === undefined ? [] : [{ id, name }];
      });
      const [owner, ...members] = customers;
      if (!owner || customers.length < ids.length)
        return unknownCustomers(
          ids.filter((id) => nameOf(id) === undefined),
          parties,
        );
      if (replayed !== undefined)
        return {
          status: 201,
          headers: { [REPLAYED_HEADER]: 'true' },
          body: { ...EXAMPLE, id: replayed, owner, members },
        };
      created += 1;
      const id = createId(created);
      if (key !== undefined) keys.add(account, key, request, id);
      return { status: 201, body: { ...EXAMPLE, id, owner, members } };
    },
  };
}

/** The date of the first version of the API. */
const FIRST_MS = Date.UTC(2024, 6, 30);

/** A version 7 UUID (RFC 9562) that is the same for the same number, and greater for a greater one. */
function createId(number: number): string {
  const time = (FIRST_MS + number).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
