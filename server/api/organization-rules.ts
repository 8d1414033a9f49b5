// The rules for the customers of an organization, which the contract describes but a schema cannot express. The server
// and the mock share them.

/** The customers that a request names. */
export interface Parties {
  ownerId: string;
  memberIds: string[];
}

/** Returns the IDs in lower case: upper case means the same customer. */
export function canonicalParties({ ownerId, memberIds }: Parties): Parties {
  return { ownerId: ownerId.toLowerCase(), memberIds: memberIds.map((id) => id.toLowerCase()) };
}

/** Returns the members of canonical parties: each once, in the order of first mention, without the owner. */
export function membersOf({ ownerId, memberIds }: Parties): string[] {
  const members = new Set(memberIds);
  members.delete(ownerId);
  return [...members];
}

/**
 * What requests meant before a version of the API let them say it. A property with this value is left out of the text
 * below, so a key that was used before the release of that version still stands for the same request.
 */
const IMPLIED: Readonly<Record<string, unknown>> = {};

/**
 * Returns the text by which two requests with one idempotency key are compared: canonical parties, and what else the
 * body has, in any order of its properties.
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
