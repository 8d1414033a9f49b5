// Organizations for tests that are about some of their properties only: a new property of the contract does not break
// them.
import bundled from '../../../generated/openapi.json' with { type: 'json' };
import type { components } from '../../../generated/schema.ts';

export type CustomerOrganization = components['schemas']['CustomerOrganization'];

const created = bundled.paths['/customer-organizations'].post.responses[201];
const { oneMember } = created.content['application/json'].examples;

type Customer = components['schemas']['Customer'];

/** What tests choose of an organization, by names of their own. */
interface Parts {
  id?: string;
  owner?: Customer;
  members?: Customer[];
}

/**
 * The example of the newest contract with these parts instead of its own: what a handler responds. A property that is
 * renamed has its new name here only.
 */
export function organizationWith({ id, owner, members }: Parts = {}): CustomerOrganization {
  return { ...oneMember.value, ...(id && { id }), ...(owner && { owner }), ...(members && { members }) };
}

/** The members in a request to a handler. */
export const memberIdsOf = (body: components['schemas']['NewCustomerOrganization']): string[] => body.memberIds;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** An organization, of a response or an example, with placeholders for what the server generates: its ID and times. */
export function withoutGenerated(organization: object): object {
  const isGenerated = (name: string, value: unknown) => name === 'id' || TIMESTAMP.test(String(value));
  return Object.fromEntries(
    Object.entries(organization).map(([name, value]) => [name, isGenerated(name, value) ? `generated ${name}` : value]),
  );
}
