// The first part of `npm run lint`: reports what of the contract no part of the chain supports, one line for each.
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCommand } from '../command.ts';
import { ContractError } from '../model/contract-error.ts';
import { loadContract } from '../model/load-contract.ts';
import { loadOlderContracts } from '../model/load-older-contracts.ts';

const CONTRACT = join(fileURLToPath(new URL('..', import.meta.url)), 'openapi.yaml');

createCommand('lint', 'Report problems of the contract, and of the code.').parse();

try {
  const path = relative(process.cwd(), CONTRACT);
  await loadOlderContracts(path, await loadContract(path));
} catch (error) {
  if (!(error instanceof ContractError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
