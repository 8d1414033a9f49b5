// Normalizes a bundled document to the form that all readers of this project expect.
import {
  type Contract,
  type Header,
  operationsOf,
  type Reference,
  type RequestBody,
  type Response,
  resolve,
} from '../contract.ts';
import { describeLimits } from '../limits-and-checks.ts';
import { declareDeprecation } from '../versions/deprecation.ts';
import { addEdgeErrors, addFallbacks, nameBodylessErrors, versionsOf } from './declare-errors.ts';
import { completeErrorTable } from './error-table.ts';
import { addErrorExamples, completeParameter, nameExamples, nameFirstExample } from './name-examples.ts';

/**
 * Writes out what OpenAPI lets a document leave out or say in several ways, in place: examples by name and by value,
 * summaries, and the errors with which the edge itself responds. A contract that has all of these does not change.
 */
export function completeContract(contract: Contract): void {
  contract.components ??= { schemas: {} };
  contract.components.schemas ??= {};
  contract.servers ??= [{ url: '/' }];
  for (const entry of operationsOf(contract)) {
    entry.operation.summary ??= entry.operation.operationId;
    for (const parameter of entry.parameters) completeParameter(contract, parameter);
    const { requestBody } = entry.operation;
    const body = requestBody && resolve<RequestBody>(contract, requestBody);
    for (const media of Object.values(body?.content ?? {})) nameExamples(contract, media);
    addEdgeErrors(contract, entry);
  }
  nameBodylessErrors(contract);
  addFallbacks(contract);
  for (const response of everyResponse(contract)) {
    for (const media of Object.values(response.content ?? {})) {
      nameExamples(contract, media);
      addErrorExamples(contract, response, media);
    }
    for (const header of Object.values(response.headers ?? {}))
      nameFirstExample(contract, resolve<Header>(contract, header));
    addEdgeHeaders(contract, response);
  }
  completeErrorTable(contract);
  describeLimits(contract);
}

/** Every response of an operation or to requests that reach none. A shared response is listed once. */
function everyResponse(contract: Contract): Set<Response> {
  const own = operationsOf(contract).flatMap(({ operation }) => Object.values(operation.responses));
  return new Set(
    [...own, ...Object.values(contract['x-fallback-responses'])].map((each) => resolve<Response>(contract, each)),
  );
}

/**
 * Every response carries a request ID. Where there are several versions, it also names its version, and announces the
 * retirement of a deprecated one.
 */
function addEdgeHeaders(contract: Contract, response: Response): void {
  const has = (name: string) => Object.keys(response.headers ?? {}).some((each) => each.toLowerCase() === name);
  const add = (name: string, header: Header | Reference) => {
    response.headers = { ...response.headers, [name]: header };
  };
  if (!has('x-request-id'))
    add('X-Request-Id', {
      description: 'Identifies the request in the logs of the service.',
      required: true,
      schema: { type: 'string', format: 'uuid' },
      example: '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52',
    });
  const [version] = versionsOf(contract);
  if (!has('sequence-version') && version !== undefined)
    add('Sequence-Version', {
      description: 'The version of the API that produced this response.',
      required: true,
      schema: { $ref: '#/components/schemas/ApiVersion' },
      example: version,
    });
  for (const [name, header] of Object.entries(declareDeprecation(contract)))
    if (!has(name.toLowerCase())) add(name, header);
}
