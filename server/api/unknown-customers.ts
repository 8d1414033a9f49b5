// The response to a request that names customers that the account does not have.
import type { CreateCustomerOrganizationResponse } from '../../generated/operations.ts';
import type { Violation } from '../edge/errors.ts';
import type { Parties } from './organization-rules.ts';

/** Reports every unknown ID at its first place in the request. The parties are canonical. */
export function unknownCustomers(
  ids: readonly string[],
  { ownerId, memberIds }: Parties,
): CreateCustomerOrganizationResponse {
  const pointers = new Map<string, string>();
  for (const [index, id] of memberIds.entries()) if (!pointers.has(id)) pointers.set(id, `/memberIds/${index}`);
  pointers.set(ownerId, '/ownerId');
  const details = ids.map(
    (id): Violation => ({ in: 'body', pointer: pointers.get(id) ?? '', message: `The account has no customer ${id}.` }),
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
