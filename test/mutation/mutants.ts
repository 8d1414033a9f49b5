// Derives mutants from a contract. In each, one constraint is removed or loosened.
import type { Contract } from '../../openapi/model/contract.ts';
import { loosen } from './loosen.ts';
import { fieldsOf } from './structure.ts';

export interface Mutant {
  /** JSON Pointer to the constraint. */
  pointer: string;
  /** A description of the change. */
  change: string;
  /** The mutant, which shares unchanged parts with the original and the other mutants. */
  contract: Contract;
}

/** Yields the mutants lazily. */
export function* mutate(contract: Contract): Generator<Mutant> {
  for (const field of fieldsOf(contract)) {
    for (const { pointer, change, alter } of loosen(field)) {
      const keys = pointer
        .split('/')
        .slice(1)
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
      const key = keys.pop() ?? '';
      const copy = { ...contract };
      alter(copyAlong(copy, keys), key);
      yield { pointer, change, contract: copy };
    }
  }
}

/** Replaces the objects along the path with copies, and returns the last one. */
function copyAlong(root: object, keys: readonly string[]): Record<string, unknown> {
  let parent: object = root;
  for (const key of keys) {
    const child: unknown = Reflect.get(parent, key);
    if (typeof child !== 'object' || child === null)
      throw new Error(`The contract has no object at ${keys.join('/')}.`);
    const copy = Array.isArray(child) ? [...child] : { ...child };
    Reflect.set(parent, key, copy);
    parent = copy;
  }
  return parent as Record<string, unknown>; // The node is an object or an array.
}
