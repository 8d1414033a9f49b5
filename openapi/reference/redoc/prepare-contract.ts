// The contract as Redoc is given it: with code samples, and without what Redoc shows badly. Its facts stay as they are.
import { type Contract, operationsOf, resolve, urlOf } from '../../model/contract.ts';
import { codeSamples } from '../samples/code-samples.ts';

/** @throws Error when a reference leads nowhere, which Redoc would pass over in silence */
export function prepareContract(contract: Contract): Contract {
  followReferences(contract, contract);
  const copy = structuredClone(contract);
  for (const place of operationsOf(copy)) {
    const samples = codeSamples(copy, place).map(({ lang, label, source }) => ({ lang, label, source }));
    // Redoc folds the operations of a tag away; without one they stand open, and in the prerendered text.
    Object.assign(place.operation, { 'x-codeSamples': samples, tags: undefined });
  }
  copy.servers = copy.servers.map((server) => ({
    // With its variables filled in, the address is one that a reader can copy.
    url: urlOf(server),
    // Redoc shows the description as plain text, where the specification has Markdown.
    ...(server.description && { description: server.description.replaceAll('`', '') }),
  }));
  const { tags: _, ...rest } = copy as Contract & { tags?: unknown };
  return rest;
}

function followReferences(contract: Contract, node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('$ref' in node && typeof node.$ref === 'string') resolve(contract, { $ref: node.$ref });
  for (const child of Object.values(node)) followReferences(contract, child);
}
