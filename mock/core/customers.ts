// The customers that the mock knows: those that a test gives it, or all of them but a few.
import type { Handlers } from '../../generated/operations.ts';
import type { ContractExamples } from '../../openapi/model/examples/operation-examples.ts';
import { hashText } from './hash.ts';

/** A customer of the account. */
export interface MockCustomer {
  /** A UUID. Upper case means the same customer. */
  id: string;
  /** As responses have it. */
  name: string;
}

/** The name of the customer with this ID, which is in lower case; undefined for an unknown customer. */
export type NameOf = (id: string) => string | undefined;

const FIRST = ['Alder', 'Beacon', 'Cobalt', 'Delta', 'Evergreen', 'Falcon', 'Granite', 'Harbour'];
const SECOND = ['Analytics', 'Bakery', 'Cycles', 'Dental', 'Energy', 'Freight', 'Garments', 'Hotels'];
const LEGAL_FORM = ['AG', 'B.V.', 'GmbH', 'Inc.', 'Ltd', 'Oy', 'S.A.', 'S.L.'];

const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;

/** The operation whose examples name customers first: another one, wherever it stands, renames none of them. */
const NAMING: keyof Handlers = 'createCustomerOrganization';

/**
 * With `customers`, only those are known. Without, every ID is: with its name in the examples of the contract, or else
 * with a generated one. Then the IDs in the example `UnknownCustomers` are reserved, and unknown.
 *
 * @param versions the examples of the version of the request, then of those before it, newest first: the first that
 *   mentions an ID decides
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

/** The names that the examples have; undefined for a reserved ID. */
function namesIn(examples: ContractExamples): Map<string, string | undefined> {
  const names = new Map<string, string>();
  const reserved = new Set<string>();
  const first = (id: string) => (id === NAMING ? 0 : 1);
  for (const [, { responses }] of Object.entries(examples).sort(([one], [other]) => first(one) - first(other))) {
    for (const [name, { body }] of Object.values(responses).flatMap((named) => Object.entries(named))) {
      collectNames(body, names);
      if (name === 'UnknownCustomers') for (const [id] of JSON.stringify(body).matchAll(UUID)) reserved.add(id);
    }
  }
  return new Map([...names, ...[...reserved].map((id) => [id, undefined] as const)]);
}

/**
 * Keeps the first name of an ID: `publishedResponse`, the last example, has a second name for the owner. What a version
 * splits, `ownerId` and `ownerName`, names the customer too.
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

/** The same name for the same ID. */
function generateName(id: string): string {
  const hash = hashText(id);
  return [FIRST, SECOND, LEGAL_FORM].map((words, index) => words[(hash >>> (8 * index)) & 7]).join(' ');
}
