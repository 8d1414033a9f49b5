// The customers in the contract's examples: the defaults for owner and members.
import type { Contract } from '../../../openapi/model/contract.ts';
import { createRequestBuilders, tryRead } from '../cases/request-builder.ts';
import { CUSTOMER, createReader, type Located, partAt, type Reader } from '../cases/schema.ts';

interface SampleCustomers {
  /** The owner; empty for contracts without customers. */
  owner: string;
  /** The members; only the owner where the examples have no other customer. */
  members: string[];
}

/** The customers in the request examples of all live versions, because those of one version may lack some. */
export function sampleCustomers(contracts: readonly Contract[]): SampleCustomers {
  const [owner = '', ...members] = new Set(contracts.flatMap(findCustomers));
  return { owner, members: members.length > 0 || owner === '' ? members : [owner] };
}

/** The customers in the order of the examples. */
function findCustomers(contract: Contract): string[] {
  const nilCustomer = '00000000-0000-4000-8000-000000000000';
  const reader = createReader(contract, { owner: nilCustomer, members: [nilCustomer] });
  const subject = { url: '', clientId: '', secret: '', owner: nilCustomer, members: [nilCustomer] };
  // The run reports the operations for which no requests can be derived.
  const builders = createRequestBuilders(contract, subject, () => undefined);
  return builders.flatMap(({ body }) => {
    if (!body) return [];
    const examples = tryRead(contract, `${body.content}/examples`) ?? {};
    return Object.values(examples).flatMap(({ value }: { value: unknown }) => customersIn(reader, body.schema, value));
  });
}

function customersIn(reader: Reader, node: Located | undefined, value: unknown): string[] {
  if (!node) return [];
  if (node.references.includes(CUSTOMER)) return [String(value)];
  if (Array.isArray(value))
    return value.flatMap((each, index) => customersIn(reader, partAt(reader, node, index), each));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => customersIn(reader, partAt(reader, node, name), each));
}
