// The bundled contract: the parts of OpenAPI 3.1 that this project reads, and how they are looked up.

import { ContractError } from './contract-error.ts';
import { decodeSegment } from './json-pointer.ts';

/** A reference object. */
export interface Reference {
  /** A JSON Pointer into the same document: `#/components/…`. */
  $ref: string;
}

/** A JSON Schema in the dialect of OpenAPI 3.1. Only the keywords that this project reads are named. */
export interface Schema {
  /** A JSON Pointer to the schema that replaces this one. */
  $ref?: string;
  /** One JSON type, or several. */
  type?: string | string[];
  /** The format of a string, such as `uuid`. */
  format?: string;
  /** All allowed values. */
  enum?: unknown[];
  /** The properties of an object, by name. */
  properties?: Record<string, Schema>;
  /** The items of an array. */
  items?: Schema;
  /** When this schema holds, the one under `then` does too. */
  if?: Schema;
  /** What else holds when the schema under `if` does. */
  then?: Schema;
  [keyword: string]: unknown;
}

/** An example of a body. */
export interface Example {
  /** One line. */
  summary?: string;
  /** Markdown. */
  description?: string;
  /** The body, parsed. */
  value: unknown;
}

/** A body in one media type. */
export interface MediaType {
  /** The schema of the body. */
  schema: Schema;
  /** The examples, by name. */
  examples?: Record<string, Example>;
}

/** A response header. */
export interface Header {
  /** The description, in Markdown. */
  description?: string;
  /** Whether every response has the header. Default: false. */
  required?: boolean;
  /** The schema of the value. */
  schema: Schema;
  /** An example of the value. */
  example?: unknown;
  /** Examples of the value, by name. Where one value is needed, it is the first. */
  examples?: Record<string, Example>;
}

export interface Parameter extends Header {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  /** Whether each item of an array is a parameter of its own. Default in the query: true. */
  explode?: boolean;
}

/** A response of an operation. */
export interface Response {
  /** The description, in Markdown. */
  description: string;
  /** The headers, by name. */
  headers?: Record<string, Header | Reference>;
  /** The bodies, by media type. */
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
  /** Requests of the service to its clients. They are shown on the site, and nothing else reads them. */
  callbacks?: Record<string, unknown>;
  /** Alternative credentials, each by the name of its scheme. An empty list means that none are needed. */
  security?: Record<string, string[]>[];
}

/** A server of the API. */
interface Server {
  /** A URL that may have `{variables}`. */
  url: string;
  /** The description, in Markdown. */
  description?: string;
  /** The variables of the URL, by name. */
  variables?: Record<string, ServerVariable>;
}

/** A variable in the URL of a server. */
interface ServerVariable {
  /** The value that is used unless another is chosen. */
  default: string;
}

/** A limit, stated by a value or at a keyword of a schema. */
export interface Limit {
  /** One line: what is limited. */
  description: string;
  /** A positive integer. Its unit ends the name of the limit. */
  value?: number;
  /** A JSON Pointer to the number in the contract: `#/components/...`. */
  at?: string;
}

/** An OpenAPI 3.1 document without references to other files. */
export interface Contract {
  /** The version of OpenAPI, such as `3.1.1`. */
  openapi: string;
  /** About the API. */
  info: {
    /** The name of the API. */
    title: string;
    /** The newest version of the API. */
    version: string;
    [field: string]: unknown;
  };
  /** The servers, which all have the same base path. */
  servers: Server[];
  /** The security requirements of operations that declare none. */
  security?: Record<string, string[]>[];
  /** Path items by path; each has its operations by method. */
  paths: Record<string, Record<string, unknown>>;
  /** The targets of references. */
  components: {
    /** The schemas, by name. */
    schemas: Record<string, Schema>;
    [section: string]: unknown;
  };
  /** The limits for clients, by name. */
  'x-limits'?: Record<string, Limit>;
  /** The names of the checks of a request. The first that fails decides the response. */
  'x-order-of-checks'?: string[];
  /** Responses to requests that reach no operation, by status. */
  'x-fallback-responses': Record<string, Response>;
  /** The announced retirement of this version. Only the contract of an older version has it. */
  'x-deprecation'?: Deprecation;
}

/** The retirement of a version, as its responses announce it. */
export interface Deprecation {
  /** The date from which clients should use a newer version, such as `2026-01-31`, in UTC. */
  deprecatedAt: string;
  /** When the version is going to be removed: a date, not before `deprecatedAt`. */
  sunsetAt?: string;
  /** The absolute URL of a page for people. */
  link?: string;
}

/** An operation, with its path and method. */
export interface OperationEntry {
  path: string;
  /** The HTTP method, in lower case. */
  method: string;
  operation: Operation;
  /** The parameters of the path item and of the operation, resolved. */
  parameters: Parameter[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** The target of a local `$ref` (`#/…`), or the node itself if it is none. @throws ContractError without a target */
export function resolve<T extends object>(contract: Contract, node: T | Reference): T {
  if (!('$ref' in node) || typeof node.$ref !== 'string') return node as T; // It is no reference.
  let target: unknown = contract;
  for (const segment of node.$ref.replace(/^#\//, '').split('/')) {
    const key = decodeSegment(segment);
    target = typeof target === 'object' && target !== null ? Reflect.get(target, key) : undefined;
  }
  if (typeof target !== 'object' || target === null) throw new ContractError(`Can't resolve $ref ${node.$ref}.`);
  return resolve(contract, target as T | Reference); // The lint guarantees that the target has the type of its place.
}

/** Every operation, in the order of the contract. A parameter of an operation replaces that of its path. */
export function operationsOf(contract: Contract): OperationEntry[] {
  return Object.entries(contract.paths).flatMap(([path, node]) => {
    const item = resolve<Record<string, unknown>>(contract, node);
    return METHODS.filter((method) => method in item).map((method) => {
      // The lint rule `struct` guarantees both types.
      const operation = item[method] as Operation;
      const shared = (item.parameters ?? []) as Operation['parameters'] & object;
      const own = (operation.parameters ?? []).map((each) => resolve<Parameter>(contract, each));
      const isReplaced = (one: Parameter) => own.some((other) => other.name === one.name && other.in === one.in);
      const inherited = shared.map((each) => resolve<Parameter>(contract, each)).filter((each) => !isReplaced(each));
      return { path, method, operation, parameters: [...inherited, ...own] };
    });
  });
}

/** Whether the items of an array are separated by commas. `explode` is true by default for a parameter in the query. */
export function isCommaSeparated({ in: location, explode }: Parameter): boolean {
  return location === 'query' && explode === false;
}

/** Whether an operation needs credentials. `security: []` of an operation overrides that of the contract. */
export function isAuthenticated(contract: Contract, { security = contract.security }: Operation): boolean {
  return (security ?? []).some((requirement) => Object.keys(requirement).length > 0);
}

/** Whether some schema marks a property as present in requests only, or in responses only. */
export function hasMarkers(contract: Contract): boolean {
  let found = false;
  JSON.stringify(contract, (key, value) => {
    if ((key === 'readOnly' || key === 'writeOnly') && value === true) found = true;
    return value;
  });
  return found;
}

/** The declared responses of an operation, resolved, with their status. */
export function responsesOf(contract: Contract, operation: Operation): { status: number; response: Response }[] {
  return Object.entries(operation.responses).map(([status, node]) => ({
    status: Number(status),
    response: resolve<Response>(contract, node),
  }));
}

/** The URL of a server, with its variables replaced by their defaults. */
export function urlOf({ url, variables = {} }: Server): string {
  return url.replace(/\{([^}]+)\}/g, (_, name: string) => variables[name]?.default ?? '');
}

/** The path of all server URLs, such as `/api`, without a trailing slash. @throws ContractError when they differ */
export function basePathOf(contract: Contract): string {
  // A relative URL is one of the host that serves the contract; without servers it is `/`.
  const urls = (contract.servers ?? []).map((server) => new URL(urlOf(server), 'http://localhost'));
  const paths = new Set(urls.map(({ pathname }) => pathname.replace(/\/$/, '')));
  const [path = '', ...others] = paths;
  if (others.length > 0)
    throw new ContractError(`All servers must have the same base path, but have: ${[...paths].join(', ')}.`);
  return path;
}
