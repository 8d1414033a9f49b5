// A copy of the contract for bodies that are made up: with limits as they stand, Prism would invent thousands of items and take seconds.
import type { Contract } from '../openapi/model/contract.ts';

/** Items that a made-up array has at most, unless the contract wants more. */
const ITEMS = 5;

/** Places of a contract that hold data, not schemas. */
const DATA = new Set(['example', 'examples', 'default', 'const', 'enum']);

/** Arrays stay short, and objects have no properties that the contract does not name. What conforms to the copy conforms to the contract. */
export function keepSmall(contract: Contract): Contract {
  const copy = structuredClone(contract);
  narrow(copy);
  return copy;
}

function narrow(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('maxItems' in node && typeof node.maxItems === 'number') {
    const least = 'minItems' in node && typeof node.minItems === 'number' ? node.minItems : 0;
    node.maxItems = Math.min(node.maxItems, Math.max(ITEMS, least));
  }
  if ('type' in node && node.type === 'object' && 'properties' in node && !('additionalProperties' in node))
    Object.assign(node, { additionalProperties: false });
  for (const [key, value] of Object.entries(node)) if (!DATA.has(key)) narrow(value);
}
