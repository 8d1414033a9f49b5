// Mutants of a contract: in each, one constraint is removed or loosened. All of them follow from the contract; none is listed.
import type { Contract } from '../../openapi/model/contract.ts';
import { readPointer } from '../conformance/schema.ts';
import { loosen } from './loosen.ts';
import { fieldsOf } from './structure.ts';

export interface Mutant {
  /** JSON Pointer to the constraint. */
  pointer: string;
  /** What was done to it. */
  change: string;
  contract: Contract;
}

/** Each mutant is made when it is asked for. */
export function* mutate(contract: Contract): Generator<Mutant> {
  for (const field of fieldsOf(contract)) {
    for (const { pointer, change, alter } of loosen(field)) {
      const copy = structuredClone(contract);
      const segments = pointer.split('/');
      const key = (segments.pop() ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
      const parent = readPointer(copy, segments.join('/'));
      if (typeof parent !== 'object' || parent === null)
        throw new Error(`The contract has no object at ${segments.join('/')}.`);
      alter(parent as Record<string, unknown>, key); // An object or an array: both are changed by key.
      yield { pointer, change, contract: copy };
    }
  }
}
