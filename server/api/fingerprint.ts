// Tells whether two requests with one idempotency key are the same.
import { hash } from 'node:crypto';
import type { Parties } from './organization-rules.ts';

/** Returns a SHA-256 of canonical parties. */
export function fingerprintOf({ ownerId, memberIds }: Parties): Uint8Array {
  return hash('sha256', JSON.stringify(['createCustomerOrganization', ownerId, memberIds]), 'buffer');
}
