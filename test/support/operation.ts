// The operation that most tests are about, by its place in the contract. Whatever else stands there is none of their business.
import { contract } from '../../generated/contract.ts';
import bundled from '../../generated/openapi.json' with { type: 'json' };
import { type Scenario, scenariosOf } from '../../mock/scenarios.ts';
import {
  type Contract,
  type Example,
  type OperationEntry,
  operationsOf,
  responsesOf,
} from '../../openapi/model/contract.ts';

/** As it stands in the contract, with the types of what stands there. */
export const { post: operation } = bundled.paths['/customer-organizations'];

export const requestExamples = operation.requestBody.content['application/json'].examples;

/** What the contract has ready for it. */
export const scenarios: Scenario[] = scenariosOf(contract).get(operation.operationId) ?? [];

/** Where it stands in this contract, which may be a changed one. */
export function entryIn(changed: Contract): OperationEntry {
  const found = operationsOf(changed).find((each) => each.operation.operationId === operation.operationId);
  if (!found) throw new Error(`The contract has no operation ${operation.operationId}.`);
  return found;
}

export const entry = entryIn(contract);

/** The methods that its path has. */
export const methodsBeside = operationsOf(contract)
  .filter(({ path }) => path === entry.path)
  .map(({ method }) => method.toUpperCase());

/** One that its path does not have. */
export const undeclaredMethod =
  ['GET', 'PUT', 'PATCH', 'DELETE'].find((each) => !methodsBeside.includes(each)) ?? 'TRACE';

/** The examples of its answers with this status, by name. */
export function answerExamplesOf(status: number): Record<string, Example> {
  const answer = responsesOf(contract, entry.operation).find((each) => each.status === status);
  return answer?.response.content?.['application/json']?.examples ?? {};
}
