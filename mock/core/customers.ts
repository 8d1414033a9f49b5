// The customers that the mock knows: those that a test provides, or all IDs but a few.
import type { Handlers } from '../../generated/operations.ts';
import type { ContractExamples } from '../../openapi/model/examples/operation-examples.ts';
import { UUIDS } from '../../server/text/uuid.ts';
import { hashText } from './hash.ts';

/** A customer of the account. */
export interface MockCustomer {
  /** A UUID, in any case. */
  id: string;
  /** The name that responses contain. */
  name: string;
}

/** Returns the name of the customer with this lower-case ID, or undefined for an unknown customer. */
export type NameOf = (id: string) => string | undefined;

const FIRST = ['Alder', 'Beacon', 'Cobalt', 'Delta', 'Evergreen', 'Falcon', 'Granite', 'Harbour'];
const SECOND = ['Analytics', 'Bakery', 'Cycles', 'Dental', 'Energy', 'Freight', 'Garments', 'Hotels'];
const LEGAL_FORM = ['AG', 'B.V.', 'GmbH', 'Inc.', 'Ltd', 'Oy', 'S.A.', 'S.L.'];

/** The operation whose examples take precedence, so that adding another operation renames no customer. */
const NAMING: keyof Handlers = 'createCustomerOrganization';

/**
 * Creates the lookup of names. With `customers`, only those are known. Otherwise every ID is known, with its name from
 * the examples of the contract or a generated one, except the IDs in the example `UnknownCustomers`.
 *
 * @param versions the examples of the requested version and of those before it, newest first; the first one that
 *   mentions an ID determines its name
 */
export function createNameOf(versions: readonly ContractExamples[], customers?: readonly MockCustomer[]): NameOf {
  if (customers) {
    const given = new Map(customers.map(({ id, name }) => [id.toLowerCase(), name]));
    return (id) => given.get(id);
  }
  const known = new Map<string, string | undefined>();
  for (const [id, name] of versions.flatMap((examples) => [...namesIn(examples)]))
    if (!known.has(id)) known.set(id, name);
  return (id) => (known.has(id) ? known.get(id) : generateName(id));
}

/** Collects the names in the examples; undefined marks a reserved ID. */
function namesIn(examples: ContractExamples): Map<string, string | undefined> {
  const names = new Map<string, string>();
  const reserved = new Set<string>();
  const first = (id: string) => (id === NAMING ? 0 : 1);
  for (const [, { responses }] of Object.entries(examples).sort(([one], [other]) => first(one) - first(other))) {
    for (const [name, { body }] of Object.values(responses).flatMap((named) => Object.entries(named))) {
      collectNames(body, names);
      if (name === 'UnknownCustomers') for (const [id] of JSON.stringify(body).matchAll(UUIDS)) reserved.add(id);
    }
  }
  return new Map([...names, ...[...reserved].map((id) => [id, undefined] as const)]);
}

/**
 * Keeps the first name of each ID: the last example, `publishedResponse`, has a second name for the owner. Pairs such
 * as `ownerId` and `ownerName` name a customer too, for a version that splits the object.
 */
function collectNames(value: unknown, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, id] of Object.entries(value)) {
    const [, prefix] = /^(.*)id$/i.exec(key) ?? [];
    if (prefix === undefined || names.has(String(id))) continue;
    const name: unknown = Reflect.get(value, `${prefix}name`) ?? Reflect.get(value, `${prefix}Name`);
    if (typeof name === 'string') names.set(String(id), name);
  }
  for (const each of Object.values(value)) collectNames(each, names);
}

/** Derives a stable name from the ID. */
function generateName(id: string): string {
  const hash = hashText(id);
  return [FIRST, SECOND, LEGAL_FORM].map((words, index) => words[(hash >>> (8 * index)) & 7]).join(' ');
}
