// The older versions that the edge serves, each with the change to the next newer one.
import { olderContracts } from '../../generated/versions.ts';
import type { OlderContract } from '../../openapi/model/versions/older-contract.ts';
import { versionChanges } from './index.ts';
import type { VersionChange } from './version-change.ts';

/** An older version of the API that is live. */
export interface OlderVersion extends OlderContract {
  /** The change to the next newer version. */
  change: VersionChange;
}

/** The older versions of the generated contract, oldest first. */
export const olderVersions: readonly OlderVersion[] = pair(olderContracts, versionChanges);

/** Pairs the lists. Types and `findListProblem` guarantee that they are equally long. */
function pair(contracts: readonly OlderContract[], changes: readonly VersionChange[]): OlderVersion[] {
  return contracts.flatMap((older, index) => {
    const change = changes[index];
    return change ? [{ ...older, change }] : [];
  });
}
