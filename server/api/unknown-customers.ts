// The response to a request with customers that the account does not have.
import type { CreateCustomerOrganizationResponse } from '../../generated/operations.ts';
import type { Violation } from '../edge/errors.ts';
import type { Parties } from './organization-rules.ts';

/**
 * Reports every unknown ID at its first location in the request. The parties must be canonical, and `ids` in the order
 * of the request with the owner first.
 */
export function unknownCustomers(
  ids: readonly string[],
  { ownerId, memberIds }: Parties,
): CreateCustomerOrganizationResponse {
  const details: Violation[] = [];
  const report = (id: string, pointer: string) =>
    details.push({ in: 'body', pointer, message: `The account has no customer ${id}.` });
  if (ids[0] === ownerId) report(ownerId, '/ownerId');
  // A single pass over both lists: building a map of 10,000 IDs would take 1 ms.
  for (let index = 0; details.length < ids.length && index < memberIds.length; index++) {
    const id = memberIds[index];
    if (id !== undefined && id === ids[details.length]) report(id, `/memberIds/${index}`);
  }
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
