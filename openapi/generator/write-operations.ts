// Writes generated/operations.ts: the route table, the error table and the types of the handlers, from the bundled contract.
import {
  basePathOf,
  type Contract,
  operationsOf,
  type Placed,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
} from '../model/contract.ts';

/** The text of generated/operations.ts. */
export function writeOperations(contract: Contract): string {
  const placed = operationsOf(contract);
  const edgeHeaders = findEdgeHeaders(contract, placed);
  const versions = [...(contract.components.schemas.ApiVersion?.enum ?? [])].map(String).sort();
  if (versions.length === 0)
    throw new Error('The contract names no version: components.schemas.ApiVersion.enum is empty.');
  const routes = placed.map((each) => describeRoute(contract, each, edgeHeaders));

  return `${PREAMBLE}
/** The path in front of every route. */
export const basePath = ${json(basePathOf(contract))};

/** The versions of the API, oldest first. */
export const apiVersions = ${json(versions)} as const;

/** The operations of the contract: where they are, what they take, and the headers that each answer declares (true: required). */
export const routes = ${json(routes)} as const;

/** Every kind of error: the status that it belongs to, and its sentence. */
export const errorTypes = ${json(describeErrors(contract, placed))} as const;

/** Answers to requests that reach no operation. */
export const outsideAnswers = ${json(describeOutside(contract))} as const;

/** Headers that stand in every answer. The edge sets them, handlers do not. */
export const edgeHeaders = ${json(edgeHeaders)} as const;

/**
 * A version of the API, by the day of its release.
 *
 * @example
 * const version: ApiVersion = ${json(versions.at(-1)).replaceAll('"', "'")};
 */
export type ApiVersion = (typeof apiVersions)[number];
/** An operation of the contract, with its place. */
export type Route = (typeof routes)[number];
/**
 * Every \`error.type\` that there is.
 *
 * @example
 * const worthRepeating: ErrorType[] = ['RateLimited', 'Unavailable'];
 */
export type ErrorType = keyof typeof errorTypes;
${TYPES}
${placed.map(({ operation, method, path }) => writeTypes(operation.operationId, `${method.toUpperCase()} ${path}`, operation.summary)).join('\n')}
/** One method for each operation of the contract. A method takes the checked request and gives one of the declared answers. */
export interface Handlers<Context = unknown> {
${placed.map(({ operation, method, path }) => writeHandler(operation.operationId, `${method.toUpperCase()} ${path}`, operation.summary)).join('\n')}}
`;
}

/** Headers that every declared answer requires: nobody but the edge can give them all. */
function findEdgeHeaders(contract: Contract, placed: Placed[]): string[] {
  const required = placed
    .flatMap(({ operation }) => responsesOf(contract, operation).map(({ response }) => response))
    .concat(Object.values(contract['x-outside-operations']))
    .map((response) => Object.entries(headersOf(contract, response)).filter(([, needed]) => needed));
  const [first = [], ...rest] = required.map((headers) => headers.map(([name]) => name));
  return first.filter((name) => rest.every((names) => names.includes(name)));
}

function headersOf(contract: Contract, response: Response): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, node]) => [name, resolve(contract, node).required === true]),
  );
}

function describeRoute(contract: Contract, { path, method, operation, parameters }: Placed, edgeHeaders: string[]) {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const namesIn = (place: string) => parameters.filter((each) => each.in === place).map((each) => each.name);
  return {
    operationId: operation.operationId,
    method: method.toUpperCase(),
    path,
    authenticated: (operation.security ?? contract.security ?? []).some((scheme) => Object.keys(scheme).length > 0),
    body: body ? { required: body.required === true, mediaTypes: Object.keys(body.content) } : null,
    parameters: { path: namesIn('path'), query: namesIn('query'), header: namesIn('header') },
    answers: Object.fromEntries(
      responsesOf(contract, operation).map(({ status, response }) => [
        status,
        Object.fromEntries(
          Object.entries(headersOf(contract, response)).filter(([name]) => !edgeHeaders.includes(name)),
        ),
      ]),
    ),
  };
}

/** Every error example is named after its type, so the examples are the table. */
function describeErrors(contract: Contract, placed: Placed[]) {
  const answers = placed
    .flatMap(({ operation }) => responsesOf(contract, operation))
    .concat(
      Object.entries(contract['x-outside-operations']).map(([status, response]) => ({
        status: Number(status),
        response,
      })),
    );
  const table: Record<string, { status: number; message: string }> = {};
  for (const { status, response } of answers.filter((answer) => answer.status >= 400)) {
    for (const { schema, examples = {} } of Object.values(response.content ?? {})) {
      const declared = typesOf(contract, schema);
      for (const [name, { value }] of Object.entries(examples)) {
        const { type, message } = (value as { error: { type: string; message: string } }).error; // Checked by the lint.
        if (type !== name) throw new Error(`The ${status} example "${name}" must be named after its type, "${type}".`);
        table[type] = { status, message };
      }
      const bare = declared.filter((type) => !(type in examples));
      if (bare.length > 0) throw new Error(`The ${status} response has no example for ${bare.join(', ')}.`);
    }
  }
  return table;
}

function describeOutside(contract: Contract) {
  return Object.entries(contract['x-outside-operations']).map(([status, { content = {} }]) => ({
    status: Number(status),
    types: Object.values(content).flatMap(({ schema }) => typesOf(contract, schema)),
  }));
}

function typesOf(contract: Contract, node: object): string[] {
  const schema = resolve<{ properties?: Record<string, object>; enum?: string[] }>(contract, node);
  const error = schema.properties?.error;
  if (error) return typesOf(contract, error);
  const type = schema.properties?.type;
  return type ? (resolve<{ enum?: string[] }>(contract, type).enum ?? []) : [];
}

function writeTypes(operationId: string, place: string, summary: string): string {
  const name = operationId.charAt(0).toUpperCase() + operationId.slice(1);
  return `/** What the handler of \`${place}\` is given: ${summary}. */
export type ${name}Request = RequestOf<operations[${json(operationId)}]>;

/** What it may answer, by status. */
export type ${name}Answer = AnswerOf<operations[${json(operationId)}]['responses']>;
`;
}

function writeHandler(operationId: string, place: string, summary: string): string {
  const name = operationId.charAt(0).toUpperCase() + operationId.slice(1);
  return `  /** \`${place}\`: ${summary}. */
  ${operationId}(request: ${name}Request, context: Context): Promise<${name}Answer>;
`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

const PREAMBLE = `// Made from openapi/openapi.yaml by \`npm run generate\`: the route table, the error table and the types of the handlers.
// Do not edit: change the contract and generate again.
import type { operations } from './schema.ts';
`;

const TYPES = `/** A header that handlers do not set. */
export type EdgeHeader = (typeof edgeHeaders)[number];

/** What is declared, or nothing. */
type Given<T> = [NonNullable<T>] extends [never] ? Record<never, never> : NonNullable<T>;

/** A request that was checked. Only what the contract declares is in it. */
interface RequestOf<O extends { parameters: { path?: unknown; query?: unknown; header?: unknown }; requestBody?: unknown }> {
  /** The parameters in the path, by name. */
  path: Given<O['parameters']['path']>;
  /** The parameters in the query, by name. */
  query: Given<O['parameters']['query']>;
  /** The declared request headers, under the names of the contract. */
  headers: Given<O['parameters']['header']>;
  /** The parsed body; undefined where there is none. */
  body: O['requestBody'] extends { content: infer C } ? C[keyof C] : O extends { requestBody?: { content: infer C } } ? C[keyof C] | undefined : undefined;
}

/** Declared headers alone: without the catch-all, and without those that the edge sets. */
type OwnHeaders<H> = { [N in keyof H as string extends N ? never : N extends EdgeHeader ? never : N]: H[N] };

type HeadersPart<H> = keyof H extends never
  ? { headers?: Record<string, never> }
  : Record<never, never> extends H
    ? { headers?: H }
    : { headers: H };

type BodyPart<R> = R extends { content: infer C } ? { body: C[keyof C] } : { body?: undefined };

/** One of the declared answers, with its status. */
type AnswerOf<R> = {
  [S in keyof R & number]: { status: S } & BodyPart<R[S]> & (R[S] extends { headers: infer H } ? HeadersPart<OwnHeaders<H>> : HeadersPart<Record<never, never>>);
}[keyof R & number];
`;
