// Declares the errors with which the edge itself responds, where a contract leaves them out.
import { STATUS_CODES } from 'node:http';
import {
  type Contract,
  isAuthenticated,
  type OperationEntry,
  operationsOf,
  type Reference,
  type Response,
  resolve,
  responsesOf,
} from '../contract.ts';
import { EDGE_ERRORS, type EdgeError } from '../edge-errors.ts';
import { describeErrors } from './describe-errors.ts';

/** The errors of the edge by status, as far as an operation can return them. */
export function edgeErrorsOf(contract: Contract, { operation }: OperationEntry): Map<number, EdgeError[]> {
  const applies = {
    always: true,
    body: operation.requestBody !== undefined,
    authenticated: isAuthenticated(contract, operation),
    version: hasVersions(contract),
  };
  const errors: readonly EdgeError[] = EDGE_ERRORS;
  return Map.groupBy(
    errors.filter(({ when }) => when && applies[when]),
    ({ status }) => status,
  );
}

export function addEdgeErrors(contract: Contract, entry: OperationEntry): void {
  const { responses } = entry.operation;
  for (const [status, errors] of edgeErrorsOf(contract, entry)) {
    const declared = responses[status] && resolve<Response>(contract, responses[status]);
    const complete = describeErrors(status, errors);
    if (!declared)
      responses[status] = shareResponse(contract, `Edge${errors.map(({ type }) => type).join('')}`, complete);
    // A response without a body could not say what is wrong.
    else if (!declared.content || Object.keys(declared.content).length === 0) {
      declared.content = complete.content ?? {};
      declared.headers = { ...complete.headers, ...declared.headers };
    }
  }
}

/** Operations share a response by name, so it is compiled once. */
function shareResponse(contract: Contract, name: string, response: Response): Reference {
  // The lint rule `struct` guarantees the type.
  const responses = (contract.components.responses ?? {}) as Record<string, Response>;
  responses[name] ??= response;
  contract.components.responses = responses;
  return { $ref: `#/components/responses/${name}` };
}

/**
 * Gives an error without a body one. Clients distinguish errors by their type, which is the name of the status here.
 */
export function nameBodylessErrors(contract: Contract): void {
  for (const { operation } of operationsOf(contract)) {
    for (const { status, response } of responsesOf(contract, operation)) {
      if (status < 400 || Object.keys(response.content ?? {}).length > 0) continue;
      const type = (STATUS_CODES[status] ?? `Status${status}`).replace(/[^A-Za-z0-9]/g, '');
      response.content = describeErrors(status, [{ type, status, message: response.description }]).content ?? {};
    }
  }
}

export function addFallbacks(contract: Contract): void {
  const fallbacks: Record<string, Response> = contract['x-fallback-responses'] ?? {};
  const errors: readonly EdgeError[] = EDGE_ERRORS;
  for (const error of errors.filter(({ when }) => when === undefined))
    fallbacks[error.status] ??= describeErrors(error.status, [error]);
  contract['x-fallback-responses'] = fallbacks;
}

/** The versions of the API, oldest first; empty for a contract without versions. */
export function versionsOf(contract: Contract): string[] {
  return (contract.components?.schemas?.ApiVersion?.enum ?? []).map(String).sort();
}

function hasVersions(contract: Contract): boolean {
  return versionsOf(contract).length > 0;
}
