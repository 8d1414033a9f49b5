// For each error example of the contract the request that gives it, and for each request example the answer of the same name.
import type { Contract, MediaType, OperationEntry } from '../../openapi/model/contract.ts';
import { operationsOf, type RequestBody, resolve, responsesOf } from '../../openapi/model/contract.ts';
import { escapeSegment, type Sent } from './case.ts';
import { examplePointer } from './coverage.ts';
import { createPlans } from './request-builder.ts';
import type { Reply } from './validate-response.ts';

/** What stands between the request and its answer: a server as it is, or one with a fault that cannot be provoked from outside. */
export type Condition = 'ordinary' | 'limited' | 'broken' | 'unavailable';

export interface ExampleRequest {
  condition: Condition;
  /** In front of `request`, to bring about what it meets. */
  before?: Partial<Sent>;
  /** Differs from a plain valid request in these parts. */
  request: Partial<Sent>;
}

export interface ExamplePlace {
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

/** By the name of the example, which is its error type. */
export const ERROR_REQUESTS: Record<string, ExampleRequest> = {
  InvalidRequest: {
    condition: 'ordinary',
    request: { body: JSON.stringify({ ownerId: '50af5191', members: [MEMBER] }) },
  },
  MalformedJson: { condition: 'ordinary', request: { body: `{"ownerId":"${OWNER}",}` } },
  UnrecognisedApiVersion: { condition: 'ordinary', request: { headers: { 'sequence-version': '2023-01-01' } } },
  UnknownCustomers: {
    condition: 'ordinary',
    request: {
      body: JSON.stringify({
        ownerId: '11111111-1111-4111-8111-111111111111',
        memberIds: [MEMBER, '22222222-2222-4222-8222-222222222222'],
      }),
    },
  },
  Unauthorized: { condition: 'ordinary', request: { headers: { authorization: 'Basic nonsense' } } },
  IdempotencyKeyReused: {
    condition: 'ordinary',
    before: { headers: { 'idempotency-key': KEY } },
    request: { headers: { 'idempotency-key': KEY }, body: JSON.stringify({ ownerId: OWNER, memberIds: [] }) },
  },
  PayloadTooLarge: { condition: 'ordinary', request: { body: PLAIN.padEnd(1_048_577) } },
  UnsupportedMediaType: { condition: 'ordinary', request: { headers: { 'content-type': 'text/plain' } } },
  RateLimited: { condition: 'limited', request: {} },
  InternalError: { condition: 'broken', request: {} },
  Unavailable: { condition: 'unavailable', request: {} },
  NotFound: { condition: 'ordinary', request: { path: '/customer-organisations' } },
  MethodNotAllowed: { condition: 'ordinary', request: { method: 'PUT' } },
};

/** The request that an entry of the table stands for. */
export function completeRequest(parts: Partial<Sent>): Sent {
  const headers = { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json', ...parts.headers };
  return { method: 'POST', path: '/customer-organizations', body: PLAIN, ...parts, headers };
}

/** All examples of error responses, fallback responses included. */
export function errorExamples(contract: Contract): ExamplePlace[] {
  const fallbacks = Object.entries(contract['x-fallback-responses']).flatMap(([status, { content = {} }]) =>
    examplesIn(contract, content, Number(status), `/x-fallback-responses/${status}`),
  );
  return [...answerExamples(contract).filter(({ status }) => status >= 400), ...fallbacks];
}

/** The examples of every response of every operation, those of a response that they share once. */
export function answerExamples(contract: Contract): ExamplePlace[] {
  const all = operationsOf(contract).flatMap((entry) => answerExamplesOf(contract, entry));
  return [...new Map(all.map((each) => [each.pointer, each])).values()];
}

function answerExamplesOf(contract: Contract, { path, method, operation }: OperationEntry): ExamplePlace[] {
  return responsesOf(contract, operation).flatMap(({ status, response }) =>
    examplesIn(contract, response.content ?? {}, status, `/paths/${escapeSegment(path)}/${method}/responses/${status}`),
  );
}

function examplesIn(
  contract: Contract,
  content: Record<string, MediaType>,
  status: number,
  response: string,
): ExamplePlace[] {
  return Object.entries(content).flatMap(([mediaType, { examples = {} }]) =>
    Object.entries(examples).map(([name, { value }]) => ({
      name,
      status,
      pointer: examplePointer(contract, response, mediaType, name),
      value,
    })),
  );
}

export interface NamedPair {
  operationId: string;
  name: string;
  request: Sent;
  /** Undefined when no answer has the name of the request. */
  answer: ExamplePlace | undefined;
}

/** Each request example with the answer of the same name. Where a request has no body, the examples of its parameters give the first answer. */
export function examplePairs(contract: Contract): NamedPair[] {
  const subject = { url: '', clientId: 'key', secret: 'secret', owner: OWNER, members: [MEMBER] };
  return createPlans(contract, subject).flatMap(({ operationId, entry, build }): NamedPair[] => {
    const answers = answerExamplesOf(contract, entry).filter(({ status }) => status < 300);
    const { requestBody } = entry.operation;
    if (!requestBody)
      return answers.slice(0, 1).map((answer) => ({ operationId, name: answer.name, request: build(), answer }));
    return Object.values(resolve<RequestBody>(contract, requestBody).content).flatMap(({ examples = {} }) =>
      Object.entries(examples).map(([name, { value }]) => ({
        operationId,
        name,
        request: build({ value }),
        answer: answers.find((each) => each.name === name),
      })),
    );
  });
}

/** What an answer says, with the ID that is new each time taken from the example. */
export function withIdOf(example: unknown, reply: Reply): unknown {
  const body: unknown = JSON.parse(reply.text);
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  return isObject(body) && isObject(example) && 'id' in body && 'id' in example ? { ...body, id: example.id } : body;
}
