import { basePathOf, type Contract } from '../../../openapi/model/contract.ts';

/** Matches the paths of requests to a path of the contract. */
export function pathPattern(contract: Contract, path: string): RegExp {
  const parts = `${basePathOf(contract)}${path}`.split(/\{[^}]+\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^/]+')}$`);
}
