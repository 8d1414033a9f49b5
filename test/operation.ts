// The operation that most tests are about, by its place in the contract. Whatever else stands there is none of their business.
import bundled from '../generated/openapi.json' with { type: 'json' };
import { type Scenario, scenariosOf } from '../mock/scenarios.ts';
import { type Contract, type Example, operationsOf, responsesOf } from '../openapi/contract.ts';

export const contract = bundled as unknown as Contract; // The type of the JSON file is narrower.

/** As it stands in the contract, with the types of what stands there. */
export const { post: operation } = bundled.paths['/customer-organizations'];

export const requestExamples = operation.requestBody.content['application/json'].examples;

/** What the contract has ready for it. */
export const scenarios: Scenario[] = scenariosOf(contract).get(operation.operationId) ?? [];

/** The methods that its path has. */
export const methodsBeside = operationsOf(contract)
  .filter(({ path }) => path === '/customer-organizations')
  .map(({ method }) => method.toUpperCase());

/** The examples of its answers with this status, by name. */
export function answerExamplesOf(status: number): Record<string, Example> {
  const placed = operationsOf(contract).find((each) => each.operation.operationId === operation.operationId);
  const answers = placed ? responsesOf(contract, placed.operation) : [];
  return answers.find((each) => each.status === status)?.response.content?.['application/json']?.examples ?? {};
}
