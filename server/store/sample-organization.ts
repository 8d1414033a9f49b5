// The organization that readiness creates and rolls back.
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { apiVersions } from '../../generated/operations.ts';
import type { NewOrganization } from './store.ts';

interface SampleParties {
  account: string;
  /** The client ID of the API key; undefined for a placeholder. */
  clientId: string | undefined;
  /** The customer that is the owner and each of the members. */
  customerId: string;
  memberCount: number;
}

/**
 * Returns an organization with all properties that one from a request has, because a foreign constraint or trigger may
 * depend on any column.
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
    // A unique key, so that concurrent samples of several servers do not wait for each other.
    idempotency: { key: randomUUID(), fingerprint: new Uint8Array(32) },
  };
}
