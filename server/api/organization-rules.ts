// The rules for the customers of an organization, which the contract describes but a schema cannot express. The server
// and the mock share them.
import { withoutRepeats } from '../text/without-repeats.ts';

/** The customers that a request names. */
export interface Parties {
  ownerId: string;
  memberIds: string[];
}

/** Converts the IDs to lower case, because they are case-insensitive. */
export function canonicalParties({ ownerId, memberIds }: Parties): Parties {
  return { ownerId: ownerId.toLowerCase(), memberIds: memberIds.map((id) => id.toLowerCase()) };
}

/** Returns the members of canonical parties: each once, in the order of first occurrence, without the owner. */
export function membersOf({ ownerId, memberIds }: Parties): string[] {
  return withoutRepeats(memberIds).filter((id) => id !== ownerId);
}

/**
 * The values that requests implied before a later version of the API made them explicit. A property with such a value
 * is left out of the canonical text, so a key that was used before that release still identifies the same request.
 */
const IMPLIED: Readonly<Record<string, unknown>> = {};

/**
 * Returns the text by which two requests with one idempotency key are compared: the canonical parties, and all other
 * properties of the body in sorted order.
 */
export function canonicalText({ ownerId, memberIds }: Parties, others: object): string {
  const stated = Object.entries(others).filter(([name, value]) => value !== IMPLIED[name]);
  const rest = stated.length === 0 ? [] : [sortNames(Object.fromEntries(stated))];
  return JSON.stringify(['createCustomerOrganization', ownerId, memberIds, ...rest]);
}

function sortNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortNames);
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, each]) => [name, sortNames(each)]));
}
