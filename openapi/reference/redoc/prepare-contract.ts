// Prepares the contract for Redoc: adds code samples, and changes what Redoc displays badly.
import { type Contract, operationsOf, resolve, urlOf } from '../../model/contract.ts';
import { codeSamples, type SampleOptions } from '../samples/code-samples.ts';

/** @throws ContractError for a reference without a target, which Redoc ignores */
export function prepareContract(contract: Contract, options: SampleOptions = {}): Contract {
  checkReferences(contract, contract);
  const copy = structuredClone(contract);
  for (const entry of operationsOf(copy)) {
    const samples = codeSamples(copy, entry, options).map(({ lang, label, source }) => ({ lang, label, source }));
    // Redoc collapses the operations of a tag. Without a tag they are expanded, in the prerendered HTML too.
    Object.assign(entry.operation, { 'x-codeSamples': samples, tags: undefined });
  }
  copy.servers = copy.servers.map((server) => ({
    // Readers can copy this URL.
    url: urlOf(server),
    // Redoc displays this Markdown as plain text.
    ...(server.description && { description: server.description.replaceAll('`', '') }),
  }));
  const { tags: _, ...rest } = copy as Contract & { tags?: unknown };
  return rest;
}

function checkReferences(contract: Contract, node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('$ref' in node && typeof node.$ref === 'string') resolve(contract, { $ref: node.$ref });
  for (const child of Object.values(node)) checkReferences(contract, child);
}
