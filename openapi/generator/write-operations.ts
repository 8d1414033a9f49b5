// Writes generated/operations.ts: the route table, the error table and the types of the handlers, from the bundled contract.
import {
  basePathOf,
  type Contract,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
} from '../model/contract.ts';

/** The text of generated/operations.ts. */
export function writeOperations(contract: Contract): string {
  const entries = operationsOf(contract);
  const edgeHeaders = findEdgeHeaders(contract, entries);
  const versions = [...(contract.components.schemas.ApiVersion?.enum ?? [])].map(String).sort();
  if (versions.length === 0)
    throw new Error('The contract names no version: components.schemas.ApiVersion.enum is empty.');
  const routes = entries.map((entry) => describeRoute(contract, entry, edgeHeaders));

  return `${PREAMBLE}
/** The path in front of every route. */
export const basePath = ${json(basePathOf(contract))};

/** The versions of the API, oldest first. */
export const apiVersions = ${json(versions)} as const;

/** The operations of the contract: where they are, their parameters, and the headers that each response declares (true: required). */
export const routes = ${json(routes)} as const;

/** Every error type, with its status and default message. */
export const errorTypes = ${json(describeErrors(contract, entries))} as const;

/** Responses to requests that reach no operation, by status. */
export const fallbackResponses = ${json(describeFallback(contract))} as const;

/** Headers of every response. The edge sets them, handlers do not. */
export const edgeHeaders = ${json(edgeHeaders)} as const;

/**
 * A version of the API, by the day of its release.
 *
 * @example
 * const version: ApiVersion = ${json(versions.at(-1)).replaceAll('"', "'")};
 */
export type ApiVersion = (typeof apiVersions)[number];
/** A row of the route table: one operation of the contract. */
export type Route = (typeof routes)[number];
/**
 * Every \`error.type\` of the contract.
 *
 * @example
 * const retryable: ErrorType[] = ['RateLimited', 'Unavailable'];
 */
export type ErrorType = keyof typeof errorTypes;
${TYPES}
${entries.map(({ operation, method, path }) => writeTypes(operation.operationId, `${method.toUpperCase()} ${path}`, operation.summary)).join('\n')}
/** One method for each operation of the contract: from the validated request to one of the declared responses. */
export interface Handlers<Context = unknown> {
${entries.map(({ operation, method, path }) => writeHandler(operation.operationId, `${method.toUpperCase()} ${path}`, operation.summary)).join('\n')}}
`;
}

/** Headers that every declared answer requires: nobody but the edge can give them all. */
function findEdgeHeaders(contract: Contract, entries: OperationEntry[]): string[] {
  const required = entries
    .flatMap(({ operation }) => responsesOf(contract, operation).map(({ response }) => response))
    .concat(Object.values(contract['x-fallback-responses']))
    .map((response) => Object.entries(headersOf(contract, response)).filter(([, needed]) => needed));
  const [first = [], ...rest] = required.map((headers) => headers.map(([name]) => name));
  return first.filter((name) => rest.every((names) => names.includes(name)));
}

function headersOf(contract: Contract, response: Response): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, node]) => [name, resolve(contract, node).required === true]),
  );
}

function describeRoute(
  contract: Contract,
  { path, method, operation, parameters }: OperationEntry,
  edgeHeaders: string[],
) {
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const namesIn = (place: string) => parameters.filter((each) => each.in === place).map((each) => each.name);
  return {
    operationId: operation.operationId,
    method: method.toUpperCase(),
    path,
    authenticated: (operation.security ?? contract.security ?? []).some((scheme) => Object.keys(scheme).length > 0),
    body: body ? { required: body.required === true, mediaTypes: Object.keys(body.content) } : null,
    parameters: { path: namesIn('path'), query: namesIn('query'), header: namesIn('header') },
    responses: Object.fromEntries(
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
function describeErrors(contract: Contract, entries: OperationEntry[]) {
  const answers = entries
    .flatMap(({ operation }) => responsesOf(contract, operation))
    .concat(
      Object.entries(contract['x-fallback-responses']).map(([status, response]) => ({
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

function describeFallback(contract: Contract) {
  return Object.entries(contract['x-fallback-responses']).map(([status, { content = {} }]) => ({
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
  return `/** The validated request of \`${place}\`: ${summary}. */
export type ${name}Request = RequestOf<operations[${json(operationId)}]>;

/** The declared responses of \`${place}\`, discriminated by \`status\`. */
export type ${name}Response = ResponseOf<operations[${json(operationId)}]['responses']>;
`;
}

function writeHandler(operationId: string, place: string, summary: string): string {
  const name = operationId.charAt(0).toUpperCase() + operationId.slice(1);
  return `  /** \`${place}\`: ${summary}. */
  ${operationId}(request: ${name}Request, context: Context): Promise<${name}Response>;
`;
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

const PREAMBLE = `// Made from openapi/openapi.yaml by \`npm run generate\`: the route table, the error table and the types of the handlers.
// Do not edit: change the contract and generate again.
import type { operations } from './schema.ts';
`;

const TYPES = `/** A header that the edge sets. */
export type EdgeHeader = (typeof edgeHeaders)[number];

/** The declared parameters, or an empty object. */
type Declared<T> = [NonNullable<T>] extends [never] ? Record<never, never> : NonNullable<T>;

/** A validated request, reduced to what the contract declares. */
interface RequestOf<O extends { parameters: { path?: unknown; query?: unknown; header?: unknown }; requestBody?: unknown }> {
  /** Path parameters, by name. */
  path: Declared<O['parameters']['path']>;
  /** Query parameters, by name. */
  query: Declared<O['parameters']['query']>;
  /** Declared request headers, by their names in the contract. */
  headers: Declared<O['parameters']['header']>;
  /** The parsed body; undefined without one. */
  body: O['requestBody'] extends { content: infer C } ? C[keyof C] : O extends { requestBody?: { content: infer C } } ? C[keyof C] | undefined : undefined;
}

/** The declared headers, without the index signature and without those that the edge sets. */
type OwnHeaders<H> = { [N in keyof H as string extends N ? never : N extends EdgeHeader ? never : N]: H[N] };

type HeadersPart<H> = keyof H extends never
  ? { headers?: Record<string, never> }
  : Record<never, never> extends H
    ? { headers?: H }
    : { headers: H };

type BodyPart<R> = R extends { content: infer C } ? { body: C[keyof C] } : { body?: undefined };

/** One of the declared responses, with its status. */
type ResponseOf<R> = {
  [S in keyof R & number]: { status: S } & BodyPart<R[S]> & (R[S] extends { headers: infer H } ? HeadersPart<OwnHeaders<H>> : HeadersPart<Record<never, never>>);
}[keyof R & number];
`;
