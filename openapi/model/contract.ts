// The shape of the bundled contract, as far as this project reads it, and the few questions that everybody asks of it.

/** Stands for what it names. */
export interface Reference {
  /** A JSON Pointer into the same document: `#/components/…`. */
  $ref: string;
}

/** JSON Schema, dialect of OpenAPI 3.1. Only what is read here is named. */
export interface Schema {
  /** A JSON Pointer to the schema that stands here. */
  $ref?: string;
  /** One type of JSON, or several. */
  type?: string | string[];
  /** Narrows a string further, such as `uuid`. */
  format?: string;
  /** All values that there are. */
  enum?: unknown[];
  /** Of an object, by name. */
  properties?: Record<string, Schema>;
  /** Each item of a list. */
  items?: Schema;
  [keyword: string]: unknown;
}

/** An example of a body. */
export interface Example {
  /** One line. */
  summary?: string;
  /** In Markdown. */
  description?: string;
  /** What is sent or answered. */
  value: unknown;
}

/** A body in one media type. */
export interface MediaType {
  /** What every body is. */
  schema: Schema;
  /** By name. */
  examples?: Record<string, Example>;
}

/** A header of an answer. */
export interface Header {
  /** In Markdown. */
  description?: string;
  /** Default: false. */
  required?: boolean;
  /** What every value is. */
  schema: Schema;
  /** One value. */
  example?: unknown;
}

export interface Parameter extends Header {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
}

/** What an operation may answer with one status. */
export interface Response {
  /** In Markdown. */
  description: string;
  /** By name. */
  headers?: Record<string, Header | Reference>;
  /** By media type. */
  content?: Record<string, MediaType>;
}

export interface RequestBody {
  required?: boolean;
  content: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  parameters?: (Parameter | Reference)[];
  requestBody?: RequestBody | Reference;
  responses: Record<string, Response | Reference>;
  security?: Record<string, string[]>[];
}

/** Where the API is. */
export interface Server {
  /** With `{variables}`, if it has any. */
  url: string;
  /** In Markdown. */
  description?: string;
  /** What may stand in its URL, by name. */
  variables?: Record<
    string,
    {
      /** What stands there if nobody says otherwise. */
      default: string;
    }
  >;
}

/** A contract in OpenAPI 3.1, all in one document. */
export interface Contract {
  /** Version of OpenAPI: 3.1. */
  openapi: string;
  /** About the API. */
  info: {
    /** Its name. */
    title: string;
    /** Its newest version. */
    version: string;
    [field: string]: unknown;
  };
  /** All with one base path. */
  servers: Server[];
  /** For operations that say nothing else. */
  security?: Record<string, string[]>[];
  /** Path items by path, operations in them by method. */
  paths: Record<string, Record<string, unknown>>;
  /** What references name. */
  components: {
    /** By name. */
    schemas: Record<string, Schema>;
    [section: string]: unknown;
  };
  /** Responses to requests that reach no operation, by status. */
  'x-fallback-responses': Record<string, Response>;
}

/** An operation, with its path and method. */
export interface OperationEntry {
  path: string;
  method: string;
  operation: Operation;
  /** Parameters of the path item and of the operation, resolved. */
  parameters: Parameter[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** Follows a local `$ref` (`#/…`) to what it names; anything else comes back as it is. */
export function resolve<T extends object>(contract: Contract, node: T | Reference): T {
  if (!('$ref' in node) || typeof node.$ref !== 'string') return node as T; // Not a reference, so it is the T.
  let target: unknown = contract;
  for (const segment of node.$ref.replace(/^#\//, '').split('/')) {
    const key = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    target = typeof target === 'object' && target !== null ? Reflect.get(target, key) : undefined;
  }
  if (typeof target !== 'object' || target === null) throw new Error(`The contract has nothing at ${node.$ref}.`);
  return resolve(contract, target as T | Reference); // The contract is linted: what a reference names has the right shape.
}

/** Every operation, in the order of the contract. */
export function operationsOf(contract: Contract): OperationEntry[] {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const operation = item[method] as Operation; // The lint rule `struct` guarantees the shape.
      const shared = (item.parameters ?? []) as Operation['parameters'] & object; // As above.
      const parameters = [...shared, ...(operation.parameters ?? [])].map((node) => resolve<Parameter>(contract, node));
      return { path, method, operation, parameters };
    }),
  );
}

/** The declared responses of an operation, resolved, with their status. */
export function responsesOf(contract: Contract, operation: Operation): { status: number; response: Response }[] {
  return Object.entries(operation.responses).map(([status, node]) => ({
    status: Number(status),
    response: resolve<Response>(contract, node),
  }));
}

/** The URL of a server, with the defaults of its variables in their places. */
export function urlOf({ url, variables = {} }: Server): string {
  return url.replace(/\{(\w+)\}/g, (_, name: string) => variables[name]?.default ?? '');
}

/** The path that all server URLs have in common, such as `/api`, without a slash at its end. */
export function basePathOf(contract: Contract): string {
  const paths = new Set(contract.servers.map((server) => new URL(urlOf(server)).pathname.replace(/\/$/, '')));
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    throw new Error(
      `All servers of the contract must have the same base path, but there are: ${[...paths].join(', ')}.`,
    );
  }
  return path;
}
