// The names of customers: those in the examples of the contract, and reproducible generated ones.
import { createHash } from 'node:crypto';
import { type Contract, operationsOf, responsesOf } from '../openapi/model/contract.ts';

/** The name of the customer with this ID, which is in lower case. */
export type NameOf = (id: string) => string;

const FIRST = ['Alder', 'Beacon', 'Cobalt', 'Delta', 'Evergreen', 'Falcon', 'Granite', 'Harbour'];
const SECOND = ['Analytics', 'Bakery', 'Cycles', 'Dental', 'Energy', 'Freight', 'Garments', 'Hotels'];
const LEGAL_FORM = ['AG', 'B.V.', 'GmbH', 'Inc.', 'Ltd', 'Oy', 'S.A.', 'S.L.'];

export function createNameOf(contract: Contract): NameOf {
  const names = new Map<string, string>();
  for (const { operation } of operationsOf(contract)) {
    for (const { response } of responsesOf(contract, operation)) {
      for (const { examples = {} } of Object.values(response.content ?? {}))
        for (const { value } of Object.values(examples)) collectNames(value, names);
    }
  }
  return (id) => names.get(id) ?? generateName(id);
}

/** Keeps the first name of an ID: `publishedResponse`, the last example, has a second name for the owner. */
function collectNames(value: unknown, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  if ('id' in value && 'name' in value && !names.has(String(value.id))) names.set(String(value.id), String(value.name));
  for (const each of Object.values(value)) collectNames(each, names);
}

/** The same name for the same ID. */
function generateName(id: string): string {
  const bytes = createHash('sha256').update(id).digest();
  return [FIRST, SECOND, LEGAL_FORM].map((words, index) => words[bytes.readUInt8(index) % words.length]).join(' ');
}
