// The organization that readiness creates and takes back.
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { apiVersions } from '../../generated/operations.ts';
import type { NewOrganization } from './store.ts';

interface SampleParties {
  account: string;
  /** The API key. If undefined: a name that stands for one. */
  clientId: string | undefined;
  /** A customer of the account: the owner, and each of the members. */
  customerId: string;
  memberCount: number;
}

/**
 * Returns an organization with all that one of a request has: a constraint or a trigger of something else may look at
 * any column.
 */
export function sampleOrganization({
  account,
  clientId = 'readiness',
  customerId,
  memberCount,
}: SampleParties): NewOrganization & Required<Pick<NewOrganization, 'origin' | 'idempotency'>> {
  return {
    account,
    id: uuidv7(),
    ownerId: customerId,
    memberIds: Array.from({ length: memberCount }, () => customerId),
    origin: { clientId, requestId: randomUUID(), apiVersion: apiVersions.at(-1) ?? apiVersions[0] },
    // A key of its own: samples of several servers at once do not wait for each other.
    idempotency: { key: randomUUID(), fingerprint: new Uint8Array(32) },
  };
}
