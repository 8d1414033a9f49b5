// The response to a request with customers that the account does not have.
import type { CreateCustomerOrganizationResponse } from '../../generated/operations.ts';
import type { Violation } from '../edge/errors.ts';
import type { Parties } from './organization-rules.ts';

type Rejection = Extract<CreateCustomerOrganizationResponse, { status: 400 }>;

/**
 * Reports every unknown ID at its first location in the request. The parties must be canonical, and `ids` in the order
 * of the request with the owner first.
 */
export function unknownCustomers(ids: readonly string[], parties: Parties): Rejection {
  const details: Violation[] = [];
  eachUnknown(ids, parties, (id, index) => details.push(unknownCustomer(id, index)));
  return rejection(ids.length, details);
}

/** Creates the violation for an unknown member at this index, or an unknown owner. */
export function unknownCustomer(id: string, index: number | string | undefined): Violation {
  const pointer = index === undefined ? '/ownerId' : `/memberIds/${index}`;
  return { in: 'body', pointer, message: `The account has no customer ${id}.` };
}

/** Creates the response for so many unknown IDs. */
export function rejection(count: number, details: Violation[]): Rejection {
  const number = count === 1 ? 'one' : count.toLocaleString('en');
  const message = `The account has no customer with ${number} of the IDs; see details.`;
  return { status: 400, body: { error: { type: 'UnknownCustomers', message, details } } };
}

/** Calls a function with every unknown ID and its index among the members, if it is not the owner's. */
export function eachUnknown(
  ids: readonly string[],
  { ownerId, memberIds }: Parties,
  report: (id: string, index: number | undefined) => void,
): void {
  let found = 0;
  if (ids[0] === ownerId) {
    report(ownerId, undefined);
    found++;
  }
  // A single pass over both lists: building a map of 10,000 IDs would take 1 ms.
  for (let index = 0; found < ids.length && index < memberIds.length; index++) {
    const id = ids[found] ?? '';
    if (memberIds[index] !== id) continue;
    report(id, index);
    found++;
  }
}
