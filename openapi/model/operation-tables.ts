// Reads the tables of the operations from a bundled contract. generated/operations.ts contains those of this project.

import {
  basePathOf,
  type Contract,
  isAuthenticated,
  isCommaSeparated,
  type Operation,
  type OperationEntry,
  operationsOf,
  type Parameter,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
  type Schema,
} from './contract.ts';
import { ContractError } from './contract-error.ts';
import { EDGE_ERRORS } from './edge-errors.ts';
import { escapeSegment } from './json-pointer.ts';
import type { QueryLists } from './serialize-parameters.ts';

export interface OperationTables {
  /** The path in front of every route, such as `/api`. */
  basePath: string;
  /** The live versions, oldest first. */
  apiVersions: string[];
  routes: (RouteEntry & { summary: string })[];
  /** Status and message of each error type. The message is that of the type's example. */
  errorTypes: Record<string, { status: number; message: string }>;
  fallbackResponses: { status: number; types: string[] }[];
  /** Names of the headers that every response requires. */
  edgeHeaders: string[];
}

/** An operation, as far as a request and its response are concerned. */
export interface RouteEntry {
  readonly operationId: string;
  /** The HTTP method, in upper case. */
  readonly method: string;
  readonly path: string;
  /** Whether it needs credentials. */
  readonly authenticated: boolean;
  readonly body: { readonly required: boolean; readonly mediaTypes: readonly string[] } | null;
  /** The names of the parameters, by location. */
  readonly parameters: {
    readonly path: readonly string[];
    readonly query: readonly string[];
    readonly header: readonly string[];
  } & QueryLists;
  /** The headers that the edge does not set, by status, and whether each is required. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, boolean>>>>;
  /** Media types other than `application/json`, by status. */
  readonly mediaTypes: Readonly<Record<string, string>>;
  /** The statuses whose responses have no body. */
  readonly withoutBody: readonly number[];
  /** The statuses whose body is a list, if there are any. */
  readonly lists?: readonly number[];
}

/** @throws ContractError when the contract has an error type without an example of that name */
export function readOperationTables(contract: Contract): OperationTables {
  const entries = operationsOf(contract);
  const edgeHeaders = findEdgeHeaders(contract, entries);
  const apiVersions = (contract.components.schemas.ApiVersion?.enum ?? []).map(String).sort();
  return {
    basePath: basePathOf(contract),
    apiVersions,
    routes: entries.map((entry) => readRoute(contract, entry, edgeHeaders)),
    errorTypes: readErrorTypes(contract, entries),
    fallbackResponses: fallbacksOf(contract).map(({ status, response }) => ({
      status,
      types: Object.values(response.content ?? {}).flatMap(({ schema }) => errorTypesIn(contract, schema)),
    })),
    edgeHeaders,
  };
}

function fallbacksOf(contract: Contract): { status: number; response: Response }[] {
  return Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    status: Number(status),
    response,
  }));
}

/** The headers that every declared response requires: the edge sets them. */
function findEdgeHeaders(contract: Contract, entries: OperationEntry[]): string[] {
  const [first = [], ...rest] = entries
    .flatMap(({ operation }) => responsesOf(contract, operation))
    .concat(fallbacksOf(contract))
    .map(({ response }) => Object.entries(headersOf(contract, response)))
    .map((headers) => headers.filter(([, required]) => required).map(([name]) => name));
  return first.filter((name) => rest.every((names) => names.includes(name)));
}

/** Whether each header is required, by name. */
function headersOf(contract: Contract, response: Response): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(response.headers ?? {}).map(([name, node]) => [name, resolve(contract, node).required === true]),
  );
}

function readRoute(
  contract: Contract,
  entry: OperationEntry,
  edgeHeaders: string[],
): OperationTables['routes'][number] {
  const { path, method, operation, parameters } = entry;
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const lists = responsesOf(contract, operation).filter(({ response }) => isList(contract, response));
  const namesIn = (location: string) => parameters.filter((each) => each.in === location).map((each) => each.name);
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    method: method.toUpperCase(),
    path,
    authenticated: isAuthenticated(contract, operation),
    body: body ? { required: body.required === true, mediaTypes: Object.keys(body.content) } : null,
    parameters: {
      ...{ path: namesIn('path'), query: namesIn('query'), header: namesIn('header') },
      ...queryListsOf(contract, parameters),
    },
    responses: readResponseHeaders(contract, operation, edgeHeaders),
    mediaTypes: readMediaTypes(contract, operation),
    withoutBody: responsesOf(contract, operation)
      .filter(({ response }) => Object.keys(response.content ?? {}).length === 0)
      .map(({ status }) => status),
    ...(lists.length > 0 && { lists: lists.map(({ status }) => status) }),
  };
}

/** The arrays in the query. */
export function queryListsOf(contract: Contract, parameters: readonly Parameter[]): QueryLists {
  const typeOf = (schema: Schema | undefined) =>
    schema && resolve<Schema>(contract, schema as Schema & { $ref: string });
  const lists = parameters.filter((each) => each.in === 'query' && typeOf(each.schema)?.type === 'array');
  const isText = ({ schema }: Parameter) => typeOf(typeOf(schema)?.items)?.type === 'string';
  const names = (some: readonly Parameter[]) => some.map(({ name }) => name);
  const commaSeparated = lists.filter(isCommaSeparated);
  return {
    repeated: names(lists.filter((each) => !isCommaSeparated(each))),
    commaSeparated: names(commaSeparated),
    withoutCommas: names(commaSeparated.filter((each) => !isText(each))),
  };
}

function isList(contract: Contract, { content = {} }: Response): boolean {
  const [media] = Object.values(content);
  return [media?.schema && resolve(contract, media.schema).type].flat().includes('array');
}

function readMediaTypes(contract: Contract, operation: Operation): RouteEntry['mediaTypes'] {
  return Object.fromEntries(
    responsesOf(contract, operation).flatMap(({ status, response }) => {
      const [mediaType = 'application/json'] = Object.keys(response.content ?? {});
      return mediaType === 'application/json' ? [] : [[status, mediaType]];
    }),
  );
}

function readResponseHeaders(contract: Contract, operation: Operation, edgeHeaders: string[]): RouteEntry['responses'] {
  return Object.fromEntries(
    responsesOf(contract, operation).map(({ status, response }) => [
      status,
      Object.fromEntries(Object.entries(headersOf(contract, response)).filter(([name]) => !edgeHeaders.includes(name))),
    ]),
  );
}

/**
 * Reads the error types from the error examples, which are named after their types. Error responses in another envelope
 * have no types. The errors of the edge are always in the table.
 */
function readErrorTypes(contract: Contract, entries: OperationEntry[]): OperationTables['errorTypes'] {
  const own = entries.flatMap(({ path, method, operation }) =>
    responsesOf(contract, operation).map((each) => ({
      ...each,
      base: `/paths/${escapeSegment(path)}/${method}/responses`,
    })),
  );
  const fallbacks = fallbacksOf(contract).map((each) => ({ ...each, base: '/x-fallback-responses' }));
  const table: OperationTables['errorTypes'] = {};
  for (const { status, response, base } of [...own, ...fallbacks].filter((each) => each.status >= 400)) {
    const at = { pointer: `${base}/${status}` };
    for (const { schema, examples = {} } of Object.values(response.content ?? {})) {
      const types = errorTypesIn(contract, schema);
      for (const [name, { value }] of Object.entries(examples)) {
        const { type, message } = envelopeIn(value) ?? {};
        if (type === undefined || message === undefined) continue;
        if (type !== name && types.length > 0)
          throw new ContractError(
            `The ${status} example "${name}" must be named after its type. Name it "${type}".`,
            at,
          );
        const known = table[type];
        if (known && known.status !== status)
          throw new ContractError(
            `The error type "${type}" has two statuses: ${known.status} and ${status}. Rename one.`,
            at,
          );
        table[type] = { status, message };
      }
      const missing = types.filter((type) => !(type in examples));
      if (missing.length > 0)
        throw new ContractError(`The ${status} response has no example for ${missing.join(', ')}. Write one.`, at);
    }
  }
  for (const { type, status, message } of EDGE_ERRORS) table[type] ??= { status, message };
  return table;
}

function envelopeIn(value: unknown): { type?: string; message?: string } | undefined {
  const error: unknown = typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined;
  if (typeof error !== 'object' || error === null) return undefined;
  return {
    ...('type' in error && typeof error.type === 'string' && { type: error.type }),
    ...('message' in error && typeof error.message === 'string' && { message: error.message }),
  };
}

/** The values of `error.type` that a schema declares. */
export function errorTypesIn(contract: Contract, node: object): string[] {
  const schema = resolve<{ properties?: Record<string, object>; enum?: string[] }>(contract, node);
  const error = schema.properties?.error;
  if (error) return errorTypesIn(contract, error);
  const type = schema.properties?.type;
  return type ? (resolve<{ enum?: string[] }>(contract, type).enum ?? []) : [];
}
