// Finds the operations that use a component, because readers of the site see no names of components.

import { type Contract, operationsOf } from '../../model/contract.ts';
import { unescapeSegment } from '../../model/json-pointer.ts';

/**
 * The operations, such as `POST /things`, in the order of the contract. `reference` refers to the component:
 * `#/components/...`.
 */
export function usersOf(contract: Contract, reference: string): string[] {
  return operationsOf(contract)
    .filter(({ operation, parameters }) => uses(contract, [operation, parameters], reference, new Set()))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
}

/** `seen` contains the references that were followed. */
function uses(contract: Contract, node: unknown, reference: string, seen: Set<string>): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if ('$ref' in node && typeof node.$ref === 'string') {
    if (node.$ref === reference) return true;
    if (!seen.has(node.$ref)) {
      seen.add(node.$ref);
      if (uses(contract, targetOf(contract, node.$ref), reference, seen)) return true;
    }
  }
  return Object.values(node).some((child) => uses(contract, child, reference, seen));
}

function targetOf(contract: Contract, reference: string): unknown {
  const keys = reference.split('/').slice(1);
  return keys.reduce<unknown>((node, key) => {
    const name = unescapeSegment(key);
    return typeof node === 'object' && node !== null ? Object.getOwnPropertyDescriptor(node, name)?.value : undefined;
  }, contract);
}
