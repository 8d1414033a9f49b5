// The contracts of all live versions, as the generator and the reference site read them.
import type { Contract } from '../contract.ts';
import type { OlderContract } from '../versions/older-contract.ts';
import { loadContract } from './load-contract.ts';
import { loadOlderContracts } from './load-older-contracts.ts';

export interface LiveContracts {
  /** The path of the newest one. */
  document: string;
  newest: Contract;
  /** The older contracts, oldest first. */
  older: OlderContract[];
}

/** `document` is the path of the newest contract. @throws ContractError with one line for each problem */
export async function loadLiveContracts(document: string): Promise<LiveContracts> {
  const newest = await loadContract(document);
  return { document, newest, older: await loadOlderContracts(document, newest) };
}
