// Limits the size of the bodies that Prism generates. By the contract alone, it would generate thousands of items.
import { type Contract, operationsOf } from '../../openapi/model/contract.ts';

/** The maximum number of items in a generated array, unless the contract requires more. */
const MAX_ITEMS = 5;

/** Keywords whose values are data, not schemas. */
const DATA_KEYWORDS = new Set(['example', 'examples', 'default', 'const', 'enum']);

/**
 * Returns a copy of the contract with short arrays and without undeclared properties. A body that conforms to the copy
 * also conforms to the contract.
 */
export function limitGeneratedBodies(contract: Contract): Contract {
  const copy = structuredClone(contract);
  limitSchemas(copy);
  // Prism would send the requests that callbacks describe.
  for (const { operation } of operationsOf(copy)) delete operation.callbacks;
  return copy;
}

function limitSchemas(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('maxItems' in node && typeof node.maxItems === 'number') {
    const minItems = 'minItems' in node && typeof node.minItems === 'number' ? node.minItems : 0;
    node.maxItems = Math.min(node.maxItems, Math.max(MAX_ITEMS, minItems));
  }
  if ('type' in node && node.type === 'object' && 'properties' in node && !('additionalProperties' in node))
    Object.assign(node, { additionalProperties: false });
  for (const [key, value] of Object.entries(node)) if (!DATA_KEYWORDS.has(key)) limitSchemas(value);
}
