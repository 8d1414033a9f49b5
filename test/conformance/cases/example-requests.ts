// The request that provokes each error example of the contract, and the response example of each request example.
import { limits } from '../../../generated/limits.ts';
import type { Contract, MediaType, OperationEntry } from '../../../openapi/model/contract.ts';
import { operationsOf, type RequestBody, resolve, responsesOf } from '../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import type { HttpRequest } from './case.ts';
import { createRequestBuilders, follow } from './request-builder.ts';

/** The state of the server: normal, or failing in a way that a client cannot provoke. */
export type Condition = 'normal' | 'rate-limited' | 'failing' | 'unavailable';

export interface ExampleRequest {
  condition: Condition;
  /** A setup request, sent before `request`. */
  before?: Partial<HttpRequest>;
  /** The parts in which it differs from a plain valid request. */
  request: Partial<HttpRequest>;
}

export interface LocatedExample {
  name: string;
  status: number;
  /** Pointer to the example. */
  pointer: string;
  value: unknown;
}

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const PLAIN = JSON.stringify({ ownerId: OWNER, memberIds: [MEMBER] });
const KEY = '8e03978e-40d5-43e8-bc93-6894a57f9324';

/** The requests by example name, which is the error type. */
export const ERROR_REQUESTS: Record<string, ExampleRequest> = {
  InvalidRequest: {
    condition: 'normal',
    request: { body: JSON.stringify({ ownerId: '50af5191', members: [MEMBER] }) },
  },
  MalformedJson: { condition: 'normal', request: { body: `{"ownerId":"${OWNER}",}` } },
  UnrecognisedApiVersion: { condition: 'normal', request: { headers: { 'sequence-version': '2023-01-01' } } },
  UnknownCustomers: {
    condition: 'normal',
    request: {
      body: JSON.stringify({
        ownerId: '11111111-1111-4111-8111-111111111111',
        memberIds: [MEMBER, '22222222-2222-4222-8222-222222222222'],
      }),
    },
  },
  Unauthorized: { condition: 'normal', request: { headers: { authorization: 'Basic invalid' } } },
  IdempotencyKeyReused: {
    condition: 'normal',
    before: { headers: { 'idempotency-key': KEY } },
    request: { headers: { 'idempotency-key': KEY }, body: JSON.stringify({ ownerId: OWNER, memberIds: [] }) },
  },
  PayloadTooLarge: { condition: 'normal', request: { body: PLAIN.padEnd(limits.requestBodyBytes + 1) } },
  UnsupportedMediaType: { condition: 'normal', request: { headers: { 'content-type': 'text/plain' } } },
  RateLimited: { condition: 'rate-limited', request: {} },
  InternalError: { condition: 'failing', request: {} },
  Unavailable: { condition: 'unavailable', request: {} },
  NotFound: { condition: 'normal', request: { path: '/customer-organisations' } },
  MethodNotAllowed: { condition: 'normal', request: { method: 'PUT' } },
};

/** Completes the parts of a table entry to a request. */
export function completeRequest(parts: Partial<HttpRequest>): HttpRequest {
  const headers = { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json', ...parts.headers };
  return { method: 'POST', path: '/customer-organizations', body: PLAIN, ...parts, headers };
}

/** All examples of error responses, including fallback responses. */
export function errorExamples(contract: Contract): LocatedExample[] {
  const fallbacks = Object.entries(contract['x-fallback-responses']).flatMap(([status, { content = {} }]) =>
    examplesIn(contract, content, Number(status), `/x-fallback-responses/${status}`),
  );
  return [...responseExamples(contract).filter(({ status }) => status >= 400), ...fallbacks];
}

/** The examples of all responses of all operations; those of a shared response once. */
export function responseExamples(contract: Contract): LocatedExample[] {
  const all = operationsOf(contract).flatMap((entry) => responseExamplesOf(contract, entry));
  return [...new Map(all.map((each) => [each.pointer, each])).values()];
}

function responseExamplesOf(contract: Contract, { path, method, operation }: OperationEntry): LocatedExample[] {
  return responsesOf(contract, operation).flatMap(({ status, response }) =>
    examplesIn(contract, response.content ?? {}, status, `/paths/${escapeSegment(path)}/${method}/responses/${status}`),
  );
}

function examplesIn(
  contract: Contract,
  content: Record<string, MediaType>,
  status: number,
  response: string,
): LocatedExample[] {
  return Object.entries(content).flatMap(([mediaType, { examples = {} }]) =>
    Object.entries(examples).map(([name, { value }]) => ({
      name,
      status,
      pointer: examplePointer(contract, response, mediaType, name),
      value,
    })),
  );
}

export interface ExamplePair {
  operationId: string;
  name: string;
  request: HttpRequest;
  /** Undefined when no response example has the name of the request example. */
  response: LocatedExample | undefined;
}

/** Each request example with the response example of the same name. A request without a body yields the first one. */
export function examplePairs(contract: Contract): ExamplePair[] {
  const subject = { url: '', clientId: 'key', secret: 'secret', owner: OWNER, members: [MEMBER] };
  return createRequestBuilders(contract, subject).flatMap(({ operationId, entry, build }): ExamplePair[] => {
    const required = entry.parameters.filter((each) => each.required || each.in === 'path');
    const parameters = Object.fromEntries(required.map(({ name, example }) => [name, example]));
    const responses = responseExamplesOf(contract, entry).filter(({ status }) => status < 300);
    const { requestBody } = entry.operation;
    if (!requestBody)
      return responses
        .slice(0, 1)
        .map((response) => ({ operationId, name: response.name, request: build({ parameters }), response }));
    return Object.values(resolve<RequestBody>(contract, requestBody).content).flatMap(({ examples = {} }) =>
      Object.entries(examples).map(([name, { value }]) => ({
        operationId,
        name,
        request: build({ value, parameters }),
        response: responses.find((each) => each.name === name),
      })),
    );
  });
}

/** The pointer to an example of the response at this pointer. */
export function examplePointer(contract: Contract, response: string, mediaType: string, name: string): string {
  return `${follow(contract, response)}/content/${escapeSegment(mediaType)}/examples/${escapeSegment(name)}`;
}
