// Compares contracts in files, and finds the lines of the changes.
import { bundleContract } from '../model/load/read-contract.ts';
import { compareContracts } from './compare/compare-contracts.ts';
import { createLocator, type Location } from './locate.ts';
import type { Change } from './schema/change.ts';

export interface LocatedChange extends Change, Location {}

/**
 * All changes between two contracts, with their lines in the newer one. A removed part has the line of what contained
 * it. `base` is a path or a bundled contract, `revision` a path.
 *
 * @throws ContractError when a file cannot be read
 */
export async function findChanges(base: string | object, revision: string): Promise<LocatedChange[]> {
  const [before, after] = await Promise.all([
    typeof base === 'string' ? bundleContract(base) : base,
    bundleContract(revision),
  ]);
  const locate = createLocator(revision);
  const changes = compareContracts(before, after);
  return Promise.all(changes.map(async (change) => ({ ...change, ...(await locate(change.path)) })));
}

export function findBreaking<C extends Change>(changes: readonly C[]): C[] {
  return changes.filter(({ effect }) => effect === 'breaking');
}

/** The changes of what requests must be, and of what responses may be, for the changelog of a release. */
export function findUnrecorded<C extends Change>(changes: readonly C[]): C[] {
  return changes.filter(({ effect, addition }) => effect === 'compatible' && !addition);
}
