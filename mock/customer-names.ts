// Names for customers: those of the contract's examples where it names them, else made-up ones that stay the same.
import { createHash } from 'node:crypto';
import { type Contract, operationsOf, responsesOf } from '../openapi/model/contract.ts';

/** The name for an ID, in lower case. */
export type NameOf = (id: string) => string;

const FIRST = ['Alder', 'Beacon', 'Cobalt', 'Delta', 'Evergreen', 'Falcon', 'Granite', 'Harbour'];
const SECOND = ['Analytics', 'Bakery', 'Cycles', 'Dental', 'Energy', 'Freight', 'Garments', 'Hotels'];
const FORM = ['AG', 'B.V.', 'GmbH', 'Inc.', 'Ltd', 'Oy', 'S.A.', 'S.L.'];

export function createNameOf(contract: Contract): NameOf {
  const samples = new Map<string, string>();
  for (const { operation } of operationsOf(contract)) {
    for (const { response } of responsesOf(contract, operation)) {
      for (const { examples = {} } of Object.values(response.content ?? {}))
        for (const { value } of Object.values(examples)) collectNames(value, samples);
    }
  }
  return (id) => samples.get(id) ?? makeUp(id);
}

/** The first name of an ID wins: the examples come before the one that contradicts them. */
function collectNames(value: unknown, names: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) return;
  if ('id' in value && 'name' in value && !names.has(String(value.id))) names.set(String(value.id), String(value.name));
  for (const each of Object.values(value)) collectNames(each, names);
}

function makeUp(id: string): string {
  const bytes = createHash('sha256').update(id).digest();
  return [FIRST, SECOND, FORM].map((words, index) => words[bytes.readUInt8(index) % words.length]).join(' ');
}
