// The contracts of the older versions that are live.
import { basePathOf, type Contract, operationsOf } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import type { OlderContract } from '../versions/older-contract.ts';
import { checkReleased, findReleased } from '../versions/released-versions.ts';
import { loadContract } from './load-contract.ts';

/**
 * Loads the versions of a contract that were released before its newest one, oldest first.
 *
 * @throws ContractError with one line for each problem
 */
export async function loadOlderContracts(contractPath: string, contract: Contract): Promise<OlderContract[]> {
  const released = await findReleased(contractPath);
  await checkReleased(released);
  const older: OlderContract[] = [];
  for (const { version, path } of released.filter((each) => each.version !== contract.info.version)) {
    const loaded = await loadContract(path);
    rejectUnservable(path, loaded, contract);
    older.push({ version, contract: loaded });
  }
  return older;
}

/** The handlers are those of the newest version. Requests to an operation that it lacks could not be served. */
function rejectUnservable(path: string, older: Contract, newest: Contract): void {
  const remedy = 'or delete the file, and no client can ask for this version any more.';
  if (basePathOf(older) !== basePathOf(newest))
    throw new ContractError(
      `${path}:1:1 at #/servers: The base path is ${basePathOf(older)}, but openapi.yaml has ${basePathOf(newest)}. ` +
        `Change that back, ${remedy}`,
    );
  const served = new Set(operationsOf(newest).map(({ operation }) => operation.operationId));
  for (const { operation } of operationsOf(older)) {
    if (served.has(operation.operationId)) continue;
    throw new ContractError(
      `${path}:1:1 at #/paths: This version has the operation ${operation.operationId}, which openapi.yaml lacks. ` +
        `Add it there, ${remedy}`,
    );
  }
}
