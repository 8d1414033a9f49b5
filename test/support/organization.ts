// An organization that a test's handler returns, whatever properties the contract declares besides those that the test
// is about.

import bundled from '../../generated/openapi.json' with { type: 'json' };
import type { components } from '../../generated/schema.ts';

export type CustomerOrganization = components['schemas']['CustomerOrganization'];

const { oneMember } = bundled.components.responses.Created.content['application/json'].examples;

/** The contract's example with these properties instead of its own. */
export function organizationWith(changes: Partial<CustomerOrganization> = {}): CustomerOrganization {
  return { ...oneMember.value, ...changes };
}
