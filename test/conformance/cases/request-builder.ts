// Builds requests to an operation, and locates its parts in the contract.
import {
  basePathOf,
  type Contract,
  isAuthenticated,
  isCommaSeparated,
  type OperationEntry,
  operationsOf,
  type Parameter,
} from '../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import { serializePath, serializeQuery, serializeText } from '../../../openapi/model/serialize-parameters.ts';
import type { Underivable } from '../report.ts';
import { type Case, type Expected, encodeBasic, type HttpRequest, type Subject } from './case.ts';
import type { DemandName } from './demands.ts';
import { createReader, type Located, type Reader, readPointer, VERSION } from './schema.ts';
import { plainValue } from './valid-values.ts';

/** The header of the IETF draft for idempotency keys, in lower case. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** A parameter and its JSON Pointer. */
export interface LocatedParameter {
  parameter: Parameter;
  pointer: string;
  schema: Located;
}

export interface LocatedBody {
  pointer: string;
  required: boolean;
  mediaType: string;
  /** The pointer to the media type object. */
  content: string;
  /** The pointers to all media type objects. Requests use the first media type. */
  contents: string[];
  schema: Located;
  plain: unknown;
}

/** One operation, and a builder of requests to it. */
export interface RequestBuilder {
  reader: Reader;
  subject: Subject;
  contract: Contract;
  entry: OperationEntry;
  operationId: string;
  /** Pointer to the operation. */
  pointer: string;
  parameters: LocatedParameter[];
  body: LocatedBody | undefined;
  authorization: string;
  /** Whether the operation needs credentials. */
  secured: boolean;
  /** Builds a valid request with these parts replaced; `undefined` omits a part. */
  build(parts?: Parts): HttpRequest;
}

export interface Parts {
  parameters?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
  /** The value that is serialized as JSON. */
  value?: unknown;
  /** The body that is sent unchanged, instead of `value`. */
  raw?: string | Buffer;
  query?: string;
  method?: string;
  /** The method, instead of that of the operation. */
  path?: string;
}

/**
 * Builders of all operations. Operations for which no request can be derived are passed to `onFailure`. Without it, the
 * error is thrown.
 */
export function createRequestBuilders(
  contract: Contract,
  subject: Subject,
  onFailure?: (failure: Underivable) => void,
): RequestBuilder[] {
  const reader = createReader(contract, subject);
  return operationsOf(contract).flatMap((entry) => {
    try {
      return [createRequestBuilder(reader, contract, subject, entry)];
    } catch (error) {
      if (!onFailure || !(error instanceof Error)) throw error;
      onFailure({ operationId: entry.operation.operationId, reason: error.message });
      return [];
    }
  });
}

function createRequestBuilder(
  reader: Reader,
  contract: Contract,
  subject: Subject,
  entry: OperationEntry,
): RequestBuilder {
  const pointer = `/paths/${escapeSegment(entry.path)}/${entry.method}`;
  const body = locateBody(reader, contract, pointer, entry);
  const parameters = locateParameters(reader, contract, pointer, entry);
  const authorization = encodeBasic(subject);
  const secured = isAuthenticated(contract, entry.operation);
  const commaSeparated = entry.parameters.filter(isCommaSeparated).map(({ name }) => name);

  const versionNames = parameters
    .filter(({ parameter, schema }) => parameter.in === 'header' && schema.references.includes(VERSION))
    .map(({ parameter }) => parameter.name.toLowerCase());

  const build = ({
    parameters: given = {},
    headers = {},
    value,
    raw,
    query,
    method,
    ...others
  }: Parts = {}): HttpRequest => {
    const values = fillParameters(reader, parameters, given);
    const of = (location: Parameter['in']) => values.filter(([each]) => each.in === location);
    const namedValues = (location: Parameter['in']) =>
      Object.fromEntries(of(location).map(([{ name }, content]) => [name, content]));
    const path = others.path ?? serializePath(entry.path, namedValues('path'));
    const search = serializeQuery(namedValues('query'), commaSeparated);
    const payload = raw ?? (body && JSON.stringify(value === undefined ? body.plain : value));
    const all: [string, string | undefined][] = [
      ['authorization', secured ? authorization : undefined],
      ['content-type', body?.mediaType],
      ...versionNames.map((name): [string, string | undefined] => [name, subject.apiVersion]),
      ...of('header').map(([{ name }, content]): [string, string] => [name.toLowerCase(), serializeText(content)]),
      ...Object.entries(headers),
    ];
    return {
      method: method ?? entry.method.toUpperCase(),
      path: `${path}${[search, query]
        .filter(Boolean)
        .join('&')
        .replace(/^(?=.)/, '?')}`,
      headers: Object.fromEntries(
        [...new Map(all)].flatMap(([name, content]) => (content === undefined ? [] : [[name, content]])),
      ),
      ...(payload !== undefined && { body: payload }),
    };
  };
  const { operationId } = entry.operation;
  return { reader, subject, contract, entry, operationId, pointer, parameters, body, authorization, secured, build };
}

/** The parameters with the given values, and the plain values of the other required ones. */
function fillParameters(
  reader: Reader,
  parameters: readonly LocatedParameter[],
  given: Record<string, unknown>,
): [Parameter, unknown][] {
  return parameters
    .filter(({ parameter }) => parameter.required || parameter.name in given)
    .map(({ parameter, schema }): [Parameter, unknown] => [
      parameter,
      parameter.name in given ? given[parameter.name] : plainValue(reader, schema, hintsOf(parameter)),
    ])
    .filter(([, value]) => value !== undefined);
}

function locateBody(
  reader: Reader,
  contract: Contract,
  operation: string,
  entry: OperationEntry,
): LocatedBody | undefined {
  if (!entry.operation.requestBody) return undefined;
  const pointer = follow(contract, `${operation}/requestBody`);
  const node = readPointer(contract, pointer) as { required?: boolean; content: Record<string, unknown> }; // Linted.
  const [mediaType = ''] = Object.keys(node.content);
  const contents = Object.keys(node.content).map((name) => `${pointer}/content/${escapeSegment(name)}`);
  const [content = ''] = contents;
  const schema = reader.locate(`${content}/schema`);
  const plain = plainValue(reader, schema);
  return { pointer, required: node.required === true, mediaType, content, contents, schema, plain };
}

function locateParameters(
  reader: Reader,
  contract: Contract,
  operation: string,
  entry: OperationEntry,
): LocatedParameter[] {
  const lists = [`/paths/${escapeSegment(entry.path)}/parameters`, `${operation}/parameters`];
  const located = lists.flatMap((list) => {
    const nodes = tryRead(contract, list);
    return (Array.isArray(nodes) ? nodes : []).map((_, index) => {
      const pointer = follow(contract, `${list}/${index}`);
      const parameter = readPointer(contract, pointer) as Parameter; // The lint rule `struct` guarantees the shape.
      return { parameter, pointer, schema: reader.locate(`${pointer}/schema`) };
    });
  });
  // A parameter of the operation replaces that of its path.
  return located.filter(({ parameter }) => entry.parameters.includes(parameter));
}

export function tryRead(contract: Contract, pointer: string): unknown {
  try {
    return readPointer(contract, pointer);
  } catch {
    return undefined;
  }
}

/** The pointer after references are followed. */
export function follow(contract: Contract, pointer: string): string {
  const node = readPointer(contract, pointer);
  const reference = typeof node === 'object' && node !== null && '$ref' in node ? String(node.$ref) : undefined;
  return reference === undefined ? pointer : follow(contract, reference.slice(1));
}

export function hintsOf({ example }: Parameter): unknown[] {
  return example === undefined ? [] : [example];
}

/** The path of a request, including the base path, without the query. */
export function contractPath(contract: Contract, { path }: HttpRequest): string {
  return `${basePathOf(contract)}${path.split('?')[0]}`;
}

/** Makes a case whose request differs from the plain request in these parts. */
export function makeCase(
  builder: RequestBuilder,
  rule: string,
  pointer: string,
  label: string,
  parts: Parts,
  expected: Expected,
  demand?: DemandName,
): Case {
  const value = parts.value ?? builder.body?.plain;
  const name = `${builder.operationId}: ${label}`;
  const request = builder.build(parts);
  const { operationId } = builder;
  return { name, operationId, rule, pointer, ...(demand && { demand }), request, value, expected };
}
