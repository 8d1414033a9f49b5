// Runs the breaking-change gate on mutants.
import type { Contract } from '../../openapi/model/contract.ts';
import { compareContracts } from '../../openapi/tooling/breaking-changes/compare/compare-contracts.ts';
import { findBreaking, findUnrecorded } from '../../openapi/tooling/breaking-changes/find-changes.ts';

export type GateResult = 'breaks clients' | 'not recorded' | undefined;

/** The result of the gate for a revision of the base. */
export function checkGate(base: Contract, revision: Contract): GateResult {
  const changes = compareContracts(base, revision);
  if (findBreaking(changes).length > 0) return 'breaks clients';
  return findUnrecorded(changes).length > 0 ? 'not recorded' : undefined;
}
