// The examples of a contract, by operation. generated/examples.ts contains those of this project.
import {
  type Contract,
  type Header,
  type MediaType,
  type Operation,
  operationsOf,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
} from '../contract.ts';
import { serializeText } from '../serialize-parameters.ts';
import { exampleOf } from './example-value.ts';
import {
  type ContractExamples,
  type OperationExamples,
  type RequestExample,
  type ResponseExample,
  UNNAMED,
} from './operation-examples.ts';

/** Reads the examples of all operations, in the order of the contract. `edgeHeaders` are left out. */
export function readExamples(contract: Contract, edgeHeaders: readonly string[]): ContractExamples {
  return Object.fromEntries(
    operationsOf(contract).map(({ operation }) => [
      operation.operationId,
      {
        requests: readRequests(contract, operation),
        responses: Object.fromEntries(
          responsesOf(contract, operation).map(({ status, response }) => [
            status,
            readResponses(contract, response, edgeHeaders),
          ]),
        ),
      },
    ]),
  );
}

function readRequests(contract: Contract, { requestBody, summary }: Operation): OperationExamples['requests'] {
  if (!requestBody) return {};
  const [mediaType] = Object.values(resolve<RequestBody>(contract, requestBody).content);
  return mediaType ? bodiesOf(contract, mediaType, summary) : {};
}

function readResponses(
  contract: Contract,
  response: Response,
  edgeHeaders: readonly string[],
): Record<string, ResponseExample> {
  const headers = headersOf(contract, response, edgeHeaders);
  const [summary = ''] = response.description.trim().split('\n');
  const [mediaType] = Object.values(response.content ?? {});
  const bodies = mediaType ? bodiesOf(contract, mediaType, summary) : { [UNNAMED]: { summary, body: undefined } };
  return Object.fromEntries(Object.entries(bodies).map(([name, example]) => [name, { ...example, headers }]));
}

function bodiesOf(
  contract: Contract,
  { schema, examples = {} }: MediaType,
  summary: string,
): Record<string, RequestExample> {
  const named = Object.entries(examples);
  if (named.length === 0) return { [UNNAMED]: { summary, body: exampleOf(contract, schema) } };
  return Object.fromEntries(
    named.map(([name, each]) => [name, { summary: each.summary ?? summary, body: each.value }]),
  );
}

/** The required headers. An optional one depends on an earlier request. */
function headersOf(contract: Contract, response: Response, edgeHeaders: readonly string[]): Record<string, string> {
  const declared = Object.entries(response.headers ?? {}).filter(([name]) => !edgeHeaders.includes(name));
  return Object.fromEntries(
    declared.flatMap(([name, node]) => {
      const { example, required, schema } = resolve<Header>(contract, node);
      return required ? [[name, serializeText(example ?? exampleOf(contract, schema))]] : [];
    }),
  );
}
