// Validates the examples of the contract at start, which warms up the validators and rejects a contract that
// contradicts itself.
import { parse as parseQuery } from 'node:querystring';
import {
  type Contract,
  type MediaType,
  type OperationEntry,
  type Parameter,
  type RequestBody,
  resolve,
  responsesOf,
} from '../../../openapi/model/contract.ts';
import { queryListsOf } from '../../../openapi/model/operation-tables.ts';
import { parseLists, serializeQuery, serializeText } from '../../../openapi/model/serialize-parameters.ts';
import type { RequestParts } from '../request-parts.ts';
import type { OperationValidators } from './operation-validators.ts';

/** Throws when examples of this operation violate the contract, with a message that lists all of them. */
export function validateExamples(contract: Contract, entry: OperationEntry, validators: OperationValidators): void {
  const { operationId } = entry.operation;
  const violations: string[] = [];
  for (const parts of exampleRequests(contract, entry)) {
    const error = validators.validateRequest(parts);
    if (error) violations.push(`an example request of ${operationId}: ${error.message}`);
  }
  for (const { status, body } of exampleResponses(contract, entry)) {
    try {
      validators.validateResponse(status, body);
    } catch (error) {
      violations.push(
        `an example of the ${status} response of ${operationId}: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  if (violations.length > 0) throw new Error(`The contract breaks its own rules in ${violations.join('; ')}`);
}

/** Returns a request for each example of the body, with the examples of all parameters. */
function exampleRequests(contract: Contract, entry: OperationEntry): RequestParts[] {
  const { requestBody } = entry.operation;
  const content = requestBody ? resolve<RequestBody>(contract, requestBody).content : {};
  const [mediaType] = Object.keys(content);
  const bodies = requestBody ? examplesIn(content) : [undefined];
  const lists = queryListsOf(contract, entry.parameters);
  const query = serializeQuery(Object.fromEntries(valuesIn(entry, 'query')), lists.commaSeparated);
  return bodies.map((body) => ({
    path: Object.fromEntries(valuesIn(entry, 'path').map(([name, value]) => [name, serializeText(value)])),
    query: { ...parseQuery(query), ...parseLists(query, lists).values },
    header: {
      ...Object.fromEntries(
        valuesIn(entry, 'header').map(([name, value]) => [name.toLowerCase(), serializeText(value)]),
      ),
      ...(mediaType !== undefined && { 'content-type': mediaType }),
    },
    body,
  }));
}

function valuesIn({ parameters }: OperationEntry, place: Parameter['in']): [name: string, value: unknown][] {
  return parameters
    .filter((each) => each.in === place && each.example !== undefined)
    .map(({ name, example }) => [name, example]);
}

function exampleResponses(contract: Contract, { operation }: OperationEntry): { status: number; body: unknown }[] {
  return responsesOf(contract, operation).flatMap(({ status, response }) =>
    examplesIn(response.content ?? {}).map((body) => ({ status, body })),
  );
}

/** Returns copies of the examples, because validation fills in defaults. */
function examplesIn(content: Record<string, MediaType>): unknown[] {
  return Object.values(content).flatMap(({ examples = {} }) =>
    Object.values(examples).map(({ value }) => structuredClone(value)),
  );
}
