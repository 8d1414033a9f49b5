// Reads the tables of generated/operations.ts from the bundled contract.
import {
  basePathOf,
  type Contract,
  type Operation,
  type OperationEntry,
  operationsOf,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
} from '../model/contract.ts';
import { ContractError } from '../model/contract-error.ts';

export interface OperationTables {
  /** The path in front of every route, such as `/api`. */
  basePath: string;
  /** Oldest first. */
  apiVersions: string[];
  routes: Route[];
  /** By error type. The message is that of the type's example. */
  errorTypes: Record<string, { status: number; message: string }>;
  fallbackResponses: { status: number; types: string[] }[];
  /** Names of the headers that every response requires. */
  edgeHeaders: string[];
}

interface Route {
  operationId: string;
  summary: string;
  /** In upper case. */
  method: string;
  path: string;
  authenticated: boolean;
  body: { required: boolean; mediaTypes: string[] } | null;
  /** Names of the parameters, by where they stand. */
  parameters: { path: string[]; query: string[]; header: string[] };
  /** By status: the headers that are not edge headers, and whether each is required. */
  responses: Record<string, Record<string, boolean>>;
}

/** @throws ContractError when the contract names no version, or has an error type without an example of that name */
export function readOperationTables(contract: Contract): OperationTables {
  const entries = operationsOf(contract);
  const edgeHeaders = findEdgeHeaders(contract, entries);
  const apiVersions = (contract.components.schemas.ApiVersion?.enum ?? []).map(String).sort();
  if (apiVersions.length === 0)
    throw new ContractError('The contract has no versions: components.schemas.ApiVersion.enum is missing or empty.');
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
  return Object.entries(contract['x-fallback-responses']).map(([status, response]) => ({
    status: Number(status),
    response,
  }));
}

/** The headers that every declared response requires: only the edge is behind all of them. */
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

function readRoute(contract: Contract, entry: OperationEntry, edgeHeaders: string[]): Route {
  const { path, method, operation, parameters } = entry;
  const body = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  const namesIn = (location: string) => parameters.filter((each) => each.in === location).map((each) => each.name);
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    method: method.toUpperCase(),
    path,
    authenticated: (operation.security ?? contract.security ?? []).some((scheme) => Object.keys(scheme).length > 0),
    body: body ? { required: body.required === true, mediaTypes: Object.keys(body.content) } : null,
    parameters: { path: namesIn('path'), query: namesIn('query'), header: namesIn('header') },
    responses: readResponseHeaders(contract, operation, edgeHeaders),
  };
}

function readResponseHeaders(contract: Contract, operation: Operation, edgeHeaders: string[]): Route['responses'] {
  return Object.fromEntries(
    responsesOf(contract, operation).map(({ status, response }) => [
      status,
      Object.fromEntries(Object.entries(headersOf(contract, response)).filter(([name]) => !edgeHeaders.includes(name))),
    ]),
  );
}

/** Every error example is named after its type, so the examples are the table. */
function readErrorTypes(contract: Contract, entries: OperationEntry[]): OperationTables['errorTypes'] {
  const responses = entries.flatMap(({ operation }) => responsesOf(contract, operation)).concat(fallbacksOf(contract));
  const table: OperationTables['errorTypes'] = {};
  for (const { status, response } of responses.filter((each) => each.status >= 400)) {
    for (const { schema, examples = {} } of Object.values(response.content ?? {})) {
      for (const [name, { value }] of Object.entries(examples)) {
        // The lint validates examples.
        const { type, message } = (value as { error: { type: string; message: string } }).error;
        if (type !== name)
          throw new ContractError(`The ${status} example "${name}" must be named after its type, "${type}".`);
        table[type] = { status, message };
      }
      const missing = errorTypesIn(contract, schema).filter((type) => !(type in examples));
      if (missing.length > 0)
        throw new ContractError(`The ${status} response has no example for ${missing.join(', ')}.`);
    }
  }
  return table;
}

/** The values of `error.type` that a schema declares. */
function errorTypesIn(contract: Contract, node: object): string[] {
  const schema = resolve<{ properties?: Record<string, object>; enum?: string[] }>(contract, node);
  const error = schema.properties?.error;
  if (error) return errorTypesIn(contract, error);
  const type = schema.properties?.type;
  return type ? (resolve<{ enum?: string[] }>(contract, type).enum ?? []) : [];
}
