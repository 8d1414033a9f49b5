// Writes generated/operations.ts: the tables of the operations, and the types of their handlers.
import { type Contract, hasMarkers } from '../model/contract.ts';
import { type OperationTables, readOperationTables } from '../model/operation-tables.ts';

/** The text of generated/operations.ts. @throws ContractError when the contract lacks a version or an error example */
export function writeOperations(contract: Contract): string {
  const tables = readOperationTables(contract);
  const marked = hasMarkers(contract);
  return [
    writeImports(marked),
    writeTables(tables),
    writeTableTypes(tables),
    writeMarkers(marked),
    ...tables.routes.map((route) => writeTypes(route, marked)),
    writeHandlers(tables),
  ]
    .join('\n')
    .concat('\n');
}

function writeImports(marked: boolean): string {
  const names = ['RequestOf', 'ResponseOf', ...(marked ? ['Readable', 'WithWritableBody'] : [])].sort();
  return `import type { ${names.join(', ')} } from '../openapi/model/handler-types.ts';
import type { operations } from './schema.ts';
`;
}

function writeTables(tables: OperationTables): string {
  const routes = tables.routes.map(({ summary: _, ...route }) => route);
  return `/** The path in front of every route. */
export const basePath = ${json(tables.basePath)};

/** The versions of the API, oldest first. */
export const apiVersions = ${json(tables.apiVersions)} as const;

/**
 * The operations of the contract. \`responses\` has the headers of each response by status, without the edge headers,
 * and whether each is required.
 */
export const routes = ${json(routes)} as const;

/** Every error type, with its status and default message. */
export const errorTypes = ${json(tables.errorTypes)} as const;

/** Responses to requests that reach no operation, by status. */
export const fallbackResponses = ${json(tables.fallbackResponses)} as const;

/** Headers of every response. The edge sets them, handlers do not. */
export const edgeHeaders = ${json(tables.edgeHeaders)} as const;
`;
}

function writeTableTypes({ apiVersions }: OperationTables): string {
  return `/**
 * A version of the API, by the day of its release.
 *
 * @example
 * const version: ApiVersion = '${apiVersions.at(-1)}';
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

/** A header that the edge sets. */
export type EdgeHeader = (typeof edgeHeaders)[number];
`;
}

type Route = OperationTables['routes'][number];

/** Writes the flag that the client's types depend on, which stay short for contracts without markers. */
function writeMarkers(marked: boolean): string {
  return `/** Whether the types in schema.ts mark what is \`readOnly\` or \`writeOnly\`. */
export type HasReadWriteMarkers = ${marked};
`;
}

function writeTypes({ operationId, method, path }: Route, marked: boolean): string {
  const name = typeName(operationId);
  const request = `RequestOf<operations['${operationId}']>`;
  const response = `ResponseOf<
  operations['${operationId}']['responses'],
  EdgeHeader
>`;
  return `/** The validated request of \`${method} ${path}\`. */
export type ${name}Request = ${marked ? `WithWritableBody<${request}>` : request};

/** The declared responses of \`${method} ${path}\`, discriminated by \`status\`. */
export type ${name}Response = ${marked ? `Readable<${response}>` : response};
`;
}

function writeHandlers({ routes }: OperationTables): string {
  const methods = routes.map(({ operationId, method, path, summary }) => {
    const name = typeName(operationId);
    return `  /** \`${method} ${path}\`: ${summary}. */
  ${operationId}(
    request: ${name}Request,
    context: Context,
  ): Promise<${name}Response>;`;
  });
  return `/** One method for each operation: from the validated request to one of the declared responses. */
export interface Handlers<Context = unknown> {
${methods.join('\n')}
}`;
}

function typeName(operationId: string): string {
  return operationId.charAt(0).toUpperCase() + operationId.slice(1);
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
