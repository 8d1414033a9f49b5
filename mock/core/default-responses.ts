// The responses to requests without a preference, built from the request. Not every operation has one.
import { examples } from '../../generated/examples.ts';
import type { Handlers } from '../../generated/operations.ts';
import { canonicalParties, canonicalText, membersOf } from '../../server/api/organization-rules.ts';
import { unknownCustomers } from '../../server/api/unknown-customers.ts';
import type { HandlerResponse } from '../../server/edge/options.ts';
import type { NameOf } from './customers.ts';
import { IdempotencyKeys, REPLAYED_HEADER } from './idempotency.ts';

type RequestOf<Id extends keyof Handlers> = Parameters<Handlers[Id]>[0];
type ResponseOf<Id extends keyof Handlers> = Awaited<ReturnType<Handlers[Id]>>;

/** A successful response that a test has queued. */
type Queued<Id extends keyof Handlers> = ResponseOf<Id> & Pick<HandlerResponse, 'version'>;

/** The account that sends a request, and the API version of the request. */
export interface Caller {
  account: string;
  version: string;
  nameOf: NameOf;
}

export type DefaultResponses = {
  /** Returns `queued` if it is set, unless the request repeats an idempotency key. @throws ApiError */
  [Id in keyof Handlers]?: (request: RequestOf<Id>, caller: Caller, queued?: Queued<Id>) => ResponseOf<Id>;
};

/** The source of the properties that do not depend on the request. */
const EXAMPLE = examples.createCustomerOrganization.responses[201].oneMember.body;

/** Creates the responses of a server that has just started. */
export function createDefaultResponses(): DefaultResponses {
  const keys = new IdempotencyKeys<Queued<'createCustomerOrganization'>>();
  let created = 0;
  return {
    createCustomerOrganization({ body, headers }, { account, version, nameOf }, queued) {
      const { ownerId, memberIds, ...others } = body;
      const parties = canonicalParties({ ownerId, memberIds });
      const request = canonicalText(parties, others);
      const key = headers['Idempotency-Key'];
      const use = key === undefined ? undefined : keys.find(account, key, request);
      const first = use?.response;
      // A replay of another older version would have the wrong schema for this version.
      if (first?.status === 201 && [undefined, version].includes(first.version))
        return { ...first, headers: { ...first.headers, [REPLAYED_HEADER]: 'true' } };
      if (queued && !use) {
        if (key !== undefined && queued.status === 201) keys.add(account, key, request, queued.body.id, queued);
        return queued;
      }
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
      if (!use) created += 1;
      const id = use?.id ?? createId(created);
      if (key !== undefined && !use) keys.add(account, key, request, id);
      return {
        status: 201,
        ...(use && { headers: { [REPLAYED_HEADER]: 'true' } }),
        body: { ...EXAMPLE, id, owner, members },
      };
    },
  };
}

/** The date of the first version of the API. */
const FIRST_MS = Date.UTC(2024, 6, 30);

/** Returns a version 7 UUID (RFC 9562) that is determined by the number and sorts in its order. */
function createId(number: number): string {
  const time = (FIRST_MS + number).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
