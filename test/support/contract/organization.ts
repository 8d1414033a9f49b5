// Organizations for tests of some of their properties. New or renamed properties of the contract do not break these
// tests.
import { examples } from '../../../generated/examples.ts';
import type { components } from '../../../generated/schema.ts';

export type CustomerOrganization = components['schemas']['CustomerOrganization'];

const { requests, responses } = examples.createCustomerOrganization;
const { body: SENT } = requests.oneMember;
const { body: CREATED } = responses[201].oneMember;

type Customer = components['schemas']['Customer'];

/** The parts of an organization that tests choose, with names of their own. */
interface Parts {
  id?: string;
  owner?: Customer;
  members?: Customer[];
}

/** The name of the only property of an example with such a value, in any version. */
function nameIn(example: object, isSuch: (value: unknown) => boolean): string {
  const names = Object.entries(example).flatMap(([name, value]) => (isSuch(value) ? [name] : []));
  if (names.length !== 1)
    throw new Error(`The example has ${names.length} such properties: ${JSON.stringify(example)}`);
  return String(names[0]);
}

const OWNER = nameIn(CREATED, (value) => typeof value === 'object' && !Array.isArray(value));
const MEMBERS = nameIn(CREATED, Array.isArray);
const OWNER_ID = nameIn(SENT, (value) => value === Reflect.get(CREATED, OWNER).id);
const MEMBER_IDS = nameIn(SENT, Array.isArray);

/** The example of the newest contract with these parts instead of its own, as the response of a handler. */
export function organizationWith({ id, owner, members }: Parts = {}): CustomerOrganization {
  return {
    ...CREATED,
    ...(id && { id }),
    ...(owner && { [OWNER]: owner }),
    ...(members && { [MEMBERS]: members }),
  };
}

/** The owner in a request of the newest version. */
export const ownerIdOf = (body: object): string => Reflect.get(body, OWNER_ID);

/** The members in a request of the newest version. */
export const memberIdsOf = (body: object): string[] => Reflect.get(body, MEMBER_IDS);

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** An organization, of a response or an example, with placeholders for what the server generates: its ID and times. */
export function withoutGenerated(organization: object): object {
  const isGenerated = (name: string, value: unknown) => name === 'id' || TIMESTAMP.test(String(value));
  return Object.fromEntries(
    Object.entries(organization).map(([name, value]) => [name, isGenerated(name, value) ? `generated ${name}` : value]),
  );
}
