// Mutants of a contract: in each, one constraint is removed or loosened. All are derived from the contract.
import type { Contract } from '../../openapi/model/contract.ts';
import { readPointer } from '../conformance/validate/schema.ts';
import { loosen } from './loosen.ts';
import { fieldsOf } from './structure.ts';

export interface Mutant {
  /** JSON Pointer to the constraint. */
  pointer: string;
  /** Description of the change. */
  change: string;
  contract: Contract;
}

/** Yields the mutants lazily. */
export function* mutate(contract: Contract): Generator<Mutant> {
  for (const field of fieldsOf(contract)) {
    for (const { pointer, change, alter } of loosen(field)) {
      const copy = structuredClone(contract);
      const segments = pointer.split('/');
      const key = (segments.pop() ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
      const parent = readPointer(copy, segments.join('/'));
      if (typeof parent !== 'object' || parent === null)
        throw new Error(`The contract has no object at ${segments.join('/')}.`);
      alter(parent as Record<string, unknown>, key); // An object or an array.
      yield { pointer, change, contract: copy };
    }
  }
}
