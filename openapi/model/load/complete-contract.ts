// Brings a bundled document into the one form that all readers of this project expect.
import { STATUS_CODES } from 'node:http';
import {
  type Contract,
  type Example,
  type Header,
  isAuthenticated,
  type MediaType,
  type OperationEntry,
  operationsOf,
  type Parameter,
  type Reference,
  type RequestBody,
  type Response,
  resolve,
  responsesOf,
  type Schema,
} from '../contract.ts';
import { exampleOf } from '../examples/example-value.ts';
import { describeLimits } from '../limits.ts';
import { errorTypesIn } from '../operation-tables.ts';
import { declareDeprecation } from '../versions/deprecation.ts';
import { EDGE_ERRORS, type EdgeError } from './edge-errors.ts';

/**
 * Writes out what OpenAPI lets a document leave out or say in several ways, in place: examples by name and by value,
 * summaries, and the errors with which the edge itself responds. A contract that has them already stays as it is.
 */
export function completeContract(contract: Contract): void {
  contract.components ??= { schemas: {} };
  contract.components.schemas ??= {};
  contract.servers ??= [{ url: '/' }];
  for (const entry of operationsOf(contract)) {
    entry.operation.summary ??= entry.operation.operationId;
    for (const parameter of entry.parameters) completeParameter(contract, parameter);
    const { requestBody } = entry.operation;
    const body = requestBody && resolve<RequestBody>(contract, requestBody);
    for (const media of Object.values(body?.content ?? {})) nameExamples(contract, media);
    addEdgeErrors(contract, entry);
  }
  nameBodylessErrors(contract);
  addFallbacks(contract);
  for (const response of everyResponse(contract)) {
    for (const media of Object.values(response.content ?? {})) {
      nameExamples(contract, media);
      addErrorExamples(contract, response, media);
    }
    for (const header of Object.values(response.headers ?? {}))
      nameFirstExample(contract, resolve<Header>(contract, header));
    addEdgeHeaders(contract, response);
  }
  completeErrorTable(contract);
  describeLimits(contract);
}

/** A row of the table of error types in the description: status, type, cause, what to do. */
const ERROR_ROW = /^\| (\d{3}) \| `(\w+)` \|.*$/gm;

/** An error type that is not in the table gets a row behind those of its status and of lower ones. */
function completeErrorTable(contract: Contract): void {
  const { info } = contract;
  const description = typeof info.description === 'string' ? info.description : '';
  const known = [...description.matchAll(ERROR_ROW)].map(([, , type]) => type);
  // Only a contract with such a table has one to complete.
  if (known.length === 0) return;
  for (const { operation } of operationsOf(contract)) {
    for (const { status, response } of responsesOf(contract, operation).filter((each) => each.status >= 400)) {
      for (const { schema } of Object.values(response.content ?? {})) {
        for (const type of errorTypesIn(contract, schema).filter((each) => !known.includes(each))) {
          known.push(type);
          info.description = insertErrorRow(String(info.description), status, type, response.description);
        }
      }
    }
  }
}

function insertErrorRow(description: string, status: number, type: string, cause: string): string {
  const rows = [...description.matchAll(ERROR_ROW)];
  const before = rows.findLast(([, each]) => Number(each) <= status) ?? rows[0];
  const end = before ? before.index + before[0].length : 0;
  const [line = ''] = cause.trim().split('\n');
  const row = `| ${status} | \`${type}\` | ${line.replaceAll('|', '\\|')} | See the operation. |`;
  return `${description.slice(0, end)}\n${row}${description.slice(end)}`;
}

/** Where one value is needed, such as in a sample, it is that of the first example. */
function completeParameter(contract: Contract, parameter: Parameter): void {
  nameFirstExample(contract, parameter);
  parameter.example ??= exampleOf(contract, parameter.schema);
}

function nameFirstExample(contract: Contract, parameter: Parameter | Header): void {
  if (parameter.example !== undefined) return;
  const [first] = Object.values(parameter.examples ?? {}).map((each) => resolve<Example>(contract, each));
  if (!first) return;
  // The specification does not allow both.
  delete parameter.examples;
  parameter.example = first.value;
}

/** `example` becomes one of `examples`; references among those are replaced by their targets. */
function nameExamples(contract: Contract, media: MediaType): void {
  if (media.examples) {
    for (const [name, example] of Object.entries(media.examples)) media.examples[name] = resolve(contract, example);
    return;
  }
  if (!('example' in media)) return;
  media.examples = { example: { value: media.example } };
  delete media.example;
}

/** Each error type has an example of its name. One that stands in the schema alone gets the response's description. */
function addErrorExamples(contract: Contract, { description }: Response, media: MediaType): void {
  const missing = errorTypesIn(contract, media.schema).filter((type) => !(type in (media.examples ?? {})));
  const [message = ''] = description.trim().split('\n');
  for (const type of missing)
    media.examples = { ...media.examples, [type]: { summary: message, value: { error: { type, message } } } };
}

/** Every response of an operation, and those to requests that reach none. Each once, also if it is shared. */
function everyResponse(contract: Contract): Set<Response> {
  const own = operationsOf(contract).flatMap(({ operation }) => Object.values(operation.responses));
  return new Set(
    [...own, ...Object.values(contract['x-fallback-responses'])].map((each) => resolve<Response>(contract, each)),
  );
}

/** The errors of the edge by status, as far as an operation can return them. */
function edgeErrorsOf(contract: Contract, { operation }: OperationEntry): Map<number, EdgeError[]> {
  const applies = {
    always: true,
    body: operation.requestBody !== undefined,
    authenticated: isAuthenticated(contract, operation),
    version: hasVersions(contract),
  };
  const errors: readonly EdgeError[] = EDGE_ERRORS;
  return Map.groupBy(
    errors.filter(({ when }) => when && applies[when]),
    ({ status }) => status,
  );
}

function addEdgeErrors(contract: Contract, entry: OperationEntry): void {
  const { responses } = entry.operation;
  for (const [status, errors] of edgeErrorsOf(contract, entry)) {
    const declared = responses[status] && resolve<Response>(contract, responses[status]);
    const complete = describeErrors(status, errors);
    if (!declared)
      responses[status] = shareResponse(contract, `Edge${errors.map(({ type }) => type).join('')}`, complete);
    // A response without a body would not say what is wrong.
    else if (!declared.content || Object.keys(declared.content).length === 0) {
      declared.content = complete.content ?? {};
      declared.headers = { ...complete.headers, ...declared.headers };
    }
  }
}

/** Operations share a response by name, so it is compiled once. */
function shareResponse(contract: Contract, name: string, response: Response): Reference {
  // The lint rule `struct` guarantees the type.
  const responses = (contract.components.responses ?? {}) as Record<string, Response>;
  responses[name] ??= response;
  contract.components.responses = responses;
  return { $ref: `#/components/responses/${name}` };
}

/** An error without a body gets one: clients tell errors apart by their type, here the name of the status. */
function nameBodylessErrors(contract: Contract): void {
  for (const { operation } of operationsOf(contract)) {
    for (const { status, response } of responsesOf(contract, operation)) {
      if (status < 400 || Object.keys(response.content ?? {}).length > 0) continue;
      const type = (STATUS_CODES[status] ?? `Status${status}`).replace(/[^A-Za-z0-9]/g, '');
      response.content = describeErrors(status, [{ type, status, message: response.description }]).content ?? {};
    }
  }
}

function addFallbacks(contract: Contract): void {
  const fallbacks: Record<string, Response> = contract['x-fallback-responses'] ?? {};
  const errors: readonly EdgeError[] = EDGE_ERRORS;
  for (const error of errors.filter(({ when }) => when === undefined))
    fallbacks[error.status] ??= describeErrors(error.status, [error]);
  contract['x-fallback-responses'] = fallbacks;
}

const MESSAGE: Schema = { type: 'string', minLength: 1, maxLength: 2000, description: 'What is wrong, for people.' };

const DETAILS: Schema = {
  type: 'array',
  maxItems: 100,
  description: 'The first violations.',
  items: {
    type: 'object',
    required: ['in', 'pointer', 'message'],
    properties: {
      in: { type: 'string', enum: ['body', 'header', 'path', 'query'], description: 'The part of the request.' },
      pointer: { type: 'string', maxLength: 1000, description: 'A JSON Pointer (RFC 6901) into that part.' },
      message: MESSAGE,
    },
  },
};

/** Headers that come with errors of the edge, by status. */
const HEADERS: Record<number, Record<string, Header>> = {
  401: { 'WWW-Authenticate': { description: 'The challenge (RFC 7617).', required: true, schema: { type: 'string' } } },
  405: { Allow: { description: 'The methods of the path.', required: true, schema: { type: 'string' } } },
  415: { 'Accept-Encoding': { description: 'The content codings of a body.', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'In seconds.', required: true, schema: { type: 'integer', minimum: 0 } } },
  503: { 'Retry-After': { description: 'In seconds.', required: true, schema: { type: 'integer', minimum: 0 } } },
};

const EXAMPLES: Record<string, unknown> = {
  'WWW-Authenticate': 'Basic realm="api", charset="UTF-8"',
  Allow: 'GET',
  'Accept-Encoding': 'gzip',
  'Retry-After': 1,
};

function describeErrors(status: number, errors: readonly EdgeError[]): Response {
  const types = errors.map(({ type }) => type);
  const headers = Object.entries(HEADERS[status] ?? {}).map(([name, header]): [string, Header] => [
    name,
    { ...header, example: EXAMPLES[name] },
  ]);
  return {
    description: errors.map(({ message }) => message).join(' '),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['type', 'message'],
              properties: {
                type: { type: 'string', enum: types, description: 'The kind of error, for programs.' },
                message: MESSAGE,
                ...(status === 400 && { details: DETAILS }),
              },
            },
          },
        },
        examples: Object.fromEntries(
          errors.map(({ type, message }) => [type, { summary: message, value: { error: { type, message } } }]),
        ),
      },
    },
  };
}

/** Every response carries a request ID, a version where there are several, and says when that is deprecated. */
function addEdgeHeaders(contract: Contract, response: Response): void {
  const has = (name: string) => Object.keys(response.headers ?? {}).some((each) => each.toLowerCase() === name);
  const add = (name: string, header: Header | Reference) => {
    response.headers = { ...response.headers, [name]: header };
  };
  if (!has('x-request-id'))
    add('X-Request-Id', {
      description: 'Identifies the request in the logs of the service.',
      required: true,
      schema: { type: 'string', format: 'uuid' },
      example: '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52',
    });
  const [version] = versionsOf(contract);
  if (!has('sequence-version') && version !== undefined)
    add('Sequence-Version', {
      description: 'The version of the API that produced this response.',
      required: true,
      schema: { $ref: '#/components/schemas/ApiVersion' },
      example: version,
    });
  for (const [name, header] of Object.entries(declareDeprecation(contract)))
    if (!has(name.toLowerCase())) add(name, header);
}

/** The versions of the API, oldest first. Empty for a contract without versions. */
export function versionsOf(contract: Contract): string[] {
  return (contract.components?.schemas?.ApiVersion?.enum ?? []).map(String).sort();
}

function hasVersions(contract: Contract): boolean {
  return versionsOf(contract).length > 0;
}

/** An error that an operation declares in another form than the edge and the client know it. */
export interface ForeignError {
  /** JSON Pointer to the response. */
  pointer: string;
  status: number;
  /** The types with which the edge itself sends it. */
  types: string[];
}

/** Finds the error responses whose declared bodies do not allow those of the edge. */
export function findForeignErrors(
  contract: Contract,
  isValid: (schema: Schema, body: unknown) => boolean,
): ForeignError[] {
  return operationsOf(contract).flatMap((entry) => {
    const edgeErrors = edgeErrorsOf(contract, entry);
    return responsesOf(contract, entry.operation).flatMap(({ status, response }): ForeignError[] => {
      const [media] = Object.values(response.content ?? {});
      if (status < 400 || !media) return [];
      const types = (edgeErrors.get(status) ?? []).map(({ type }) => type);
      const isBroken = types.some((type) => !isValid(media.schema, { error: { type, message: 'Wrong.' } }));
      const path = entry.path.replaceAll('~', '~0').replaceAll('/', '~1');
      return isBroken ? [{ pointer: `/paths/${path}/${entry.method}/responses/${status}`, status, types }] : [];
    });
  });
}
