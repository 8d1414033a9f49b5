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
