// Loads a contract other than that of this project, for commands that are also in a package. Packages
// lack this option, because reading a contract from its files needs development dependencies.
import { join } from 'node:path';
import { contractPaths } from '../contract-paths.ts';
import type { Contract } from '../model/contract.ts';
import { loadContract } from '../model/load/load-contract.ts';

export interface OtherContract {
  contract: Contract;
  /** The folder of its reference site, if that was built. */
  reference: string;
}

/** @throws ContractError with one line for each problem */
export async function loadOtherContract(file: string): Promise<OtherContract> {
  const { document, generated } = contractPaths(file);
  return { contract: await loadContract(document), reference: join(generated, 'reference') };
}
