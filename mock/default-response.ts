// What the contract cannot say in examples: answers with the request's own values. An operation that is not here is answered by Prism.
import { v7 as uuid } from 'uuid';
import type { Handlers } from '../generated/operations.ts';
import { canonicalParties, fingerprintOf, membersOf } from '../server/api/organization-rules.ts';
import type { NameOf } from './customer-names.ts';

type Request<Id extends keyof Handlers> = Parameters<Handlers[Id]>[0];
type Answer<Id extends keyof Handlers> = Awaited<ReturnType<Handlers[Id]>>;

export interface Echo<A> {
  answer: A;
  /** Equal for requests that mean the same. */
  fingerprint: Uint8Array;
}

export type Echoes = { [Id in keyof Handlers]?: (request: Request<Id>) => Echo<Answer<Id>> };

export function createEchoes(nameOf: NameOf): Echoes {
  const customer = (id: string) => ({ id, name: nameOf(id) });
  return {
    createCustomerOrganization({ body }) {
      const parties = canonicalParties(body);
      const same = fingerprintOf(parties);
      return {
        answer: {
          status: 201,
          body: { id: stableId(same), owner: customer(parties.ownerId), members: membersOf(parties).map(customer) },
        },
        fingerprint: same,
      };
    },
  };
}

/** A version 7 UUID like those of the server, but of a fixed day, and with a digest for its random part. */
function stableId(digest: Uint8Array): string {
  const seq = new DataView(digest.buffer, digest.byteOffset).getUint32(16);
  return uuid({ msecs: Date.UTC(2024, 6, 30), seq, random: digest.slice(0, 16) });
}
