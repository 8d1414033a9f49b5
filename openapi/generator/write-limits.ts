// Writes generated/limits.ts: the limits and the order of checks.
import type { Contract } from '../model/contract.ts';
import { readLimits } from '../model/limits-and-checks.ts';

/** The text of generated/limits.ts. @throws ContractError when a limit has no value */
export function writeLimits(contract: Contract): string {
  return `/** The limits for clients, by name. Each name ends with its unit. */
export const limits = ${JSON.stringify(readLimits(contract), null, 2)} as const;

/** The checks of a request. The first that fails decides the response. */
export const orderOfChecks = ${JSON.stringify(contract['x-order-of-checks'] ?? [], null, 2)} as const;
`;
}
