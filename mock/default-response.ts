// The response to a request without a preference, built from the request. Operations that are not listed use Prism.
import { v7 as uuid } from 'uuid';
import bundled from '../generated/openapi.json' with { type: 'json' };
import type { Handlers } from '../generated/operations.ts';
import { canonicalParties, fingerprintOf, membersOf } from '../server/api/organization-rules.ts';
import type { NameOf } from './customer-names.ts';

type RequestOf<Id extends keyof Handlers> = Parameters<Handlers[Id]>[0];
type ResponseOf<Id extends keyof Handlers> = Awaited<ReturnType<Handlers[Id]>>;

/** What the contract declares besides the properties that depend on the request. */
const EXAMPLE = bundled.components.responses.Created.content['application/json'].examples.oneMember.value;

export interface DefaultResponse<Response> {
  response: Response;
  /** Equal for requests with the same meaning; an idempotency key belongs to one of them. */
  fingerprint: Uint8Array;
}

export type DefaultResponses = {
  [Id in keyof Handlers]?: (request: RequestOf<Id>) => DefaultResponse<ResponseOf<Id>>;
};

export function createDefaultResponses(nameOf: NameOf): DefaultResponses {
  const customer = (id: string) => ({ id, name: nameOf(id) });
  return {
    createCustomerOrganization({ body }) {
      const parties = canonicalParties(body);
      const fingerprint = fingerprintOf(parties);
      return {
        response: {
          status: 201,
          body: {
            ...EXAMPLE,
            id: idOf(fingerprint),
            owner: customer(parties.ownerId),
            members: membersOf(parties).map(customer),
          },
        },
        fingerprint,
      };
    },
  };
}

/** The same version 7 UUID for the same fingerprint: with a fixed date, and the fingerprint in place of random bits. */
function idOf(fingerprint: Uint8Array): string {
  const seq = new DataView(fingerprint.buffer, fingerprint.byteOffset).getUint32(16);
  return uuid({ msecs: Date.UTC(2024, 6, 30), seq, random: fingerprint.slice(0, 16) });
}
