// Runs the breaking-change gate on mutants.
import { join } from 'node:path';
import { compareContracts } from '../../openapi/breaking-changes/compare/compare-contracts.ts';
import { findBreaking, findUnrecorded } from '../../openapi/breaking-changes/find-changes.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { ContractError } from '../../openapi/model/contract-error.ts';
import { readLiveVersions } from '../../openapi/model/versions/released-versions.ts';
import { ROOT } from '../support/project-copy.ts';

export type GateResult = 'breaks clients' | 'not recorded' | 'no live version' | 'equivalent' | undefined;

/** Keywords that other keywords of a schema may imply: a pattern may imply a length, an enum a type. */
const IMPLIED = /\/(type|format|minLength|maxLength|pattern)$/;

/**
 * The result of the gate for a revision of the base that differs at the pointer. It is equivalent when the other
 * keywords of the schema allow no other values.
 */
export async function checkGate(base: Contract, revision: Contract, pointer: string): Promise<GateResult> {
  const changes = compareContracts(base, revision);
  if (findBreaking(changes).length > 0) return 'breaks clients';
  if (findUnrecorded(changes).length > 0) return 'not recorded';
  if (changes.length === 0 && IMPLIED.test(pointer)) return 'equivalent';
  return (await isRejected(revision)) ? 'no live version' : undefined;
}

/** Whether `npm run generate` rejects the list of versions. */
async function isRejected(revision: Contract): Promise<boolean> {
  try {
    await readLiveVersions(join(ROOT, 'openapi/openapi.yaml'), revision);
    return false;
  } catch (error) {
    if (error instanceof ContractError) return true;
    throw error;
  }
}
