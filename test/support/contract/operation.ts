// The operation under test, and its parts in the contract.
import { contract } from '../../../generated/contract.ts';
import bundled from '../../../generated/openapi.json' with { type: 'json' };
import { type Scenario, scenariosOf } from '../../../mock/core/scenarios.ts';
import {
  type Contract,
  type Example,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  resolve,
  responsesOf,
} from '../../../openapi/model/contract.ts';
import { readExamples } from '../../../openapi/model/examples/contract-examples.ts';
import { readOperationTables } from '../../../openapi/model/operation-tables.ts';
import { testedContract } from './tested-version.ts';

/** The operation, with its literal types. */
export const { post: operation } = bundled.paths['/customer-organizations'];

export const requestExamples = operation.requestBody.content['application/json'].examples;

/** The examples of its success, by name: each is the response to the request example of that name. */
export const createdExamples: Readonly<Record<string, { value: object }>> =
  operation.responses[201].content['application/json'].examples;

/** The scenarios of the operation, in the version of the tests. */
export const scenarios: Scenario[] =
  scenariosOf(readExamples(testedContract, readOperationTables(testedContract).edgeHeaders)).get(
    operation.operationId,
  ) ?? [];

/** Finds the operation in this contract, which may be a modified one. */
export function entryIn(changed: Contract): OperationEntry {
  const found = operationsOf(changed).find((each) => each.operation.operationId === operation.operationId);
  if (!found) throw new Error(`The contract has no operation ${operation.operationId}.`);
  return found;
}

export const entry = entryIn(contract);

/** The methods of its path. */
export const methodsBeside = operationsOf(contract)
  .filter(({ path }) => path === entry.path)
  .map(({ method }) => method.toUpperCase());

/** A method that its path does not have. */
export const undeclaredMethod =
  ['GET', 'PUT', 'PATCH', 'DELETE'].find((each) => !methodsBeside.includes(each)) ?? 'TRACE';

/** The examples of its requests in a contract, by name. */
export function requestExamplesOf(changed: Contract): Record<string, Example> {
  const { requestBody } = entryIn(changed).operation;
  const body = requestBody && resolve<RequestBody>(changed, requestBody);
  return body?.content['application/json']?.examples ?? {};
}

/** The examples of its responses with this status, by name, in the version of the tests. */
export function responseExamplesOf(status: number): Record<string, Example> {
  const found = responsesOf(testedContract, entryIn(testedContract).operation).find((each) => each.status === status);
  return found?.response.content?.['application/json']?.examples ?? {};
}
