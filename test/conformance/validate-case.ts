// Compares the response to a derived case with the expected outcome. Rules for every response are in
// validate-response.ts.
import { type Contract, responsesOf } from '../../openapi/model/contract.ts';
import { splitList } from './canonical-header.ts';
import { type Case, ERROR_TYPES, type ErrorLocation, type Subject } from './case.ts';
import type { RequestBuilder } from './request-builder.ts';
import { VERSION } from './schema.ts';
import { checkSemantics, type RunState } from './semantics.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

/** The status whose response declares an error type, and its pointer. */
export interface DeclaredErrorType {
  status: number;
  pointer: string;
}

/** Every error type that is declared for the operation, or for requests that reach no operation. */
export function errorTypesOf(contract: Contract, builder: RequestBuilder): Map<string, DeclaredErrorType> {
  const own = responsesOf(contract, builder.entry.operation).map((each) => ({
    ...each,
    base: `${builder.pointer}/responses`,
  }));
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    status: Number(status),
    response,
    base: '/x-fallback-responses',
  }));
  return new Map(
    [...own, ...fallbacks]
      .filter(({ status }) => status >= 400)
      .flatMap(({ status, response, base }) =>
        Object.values(response.content ?? {}).flatMap(({ examples = {} }) =>
          // The generator checks that every error example is named after its type.
          Object.keys(examples).map((type): [string, DeclaredErrorType] => [
            type,
            { status, pointer: `${base}/${status}` },
          ]),
        ),
      ),
  );
}

/** The violations in the response to this case, besides those of the response validation. */
export function validateCase(
  builder: RequestBuilder,
  each: Case,
  response: HttpResponse,
  state: RunState,
): Violation[] {
  const body = parse(response);
  return [
    ...validateOutcome(builder, each, response, body),
    ...validateVersion(builder, each, response),
    ...findDisclosures(builder.subject, builder, response),
    ...validateRequestId(response, state),
    // A request that should have been refused has no correct success response.
    ...(each.expected.kind === 'accepted' && response.status >= 200 && response.status < 300
      ? checkSemantics(builder.operationId, each.value, body, {
          replayed: isReplay(response),
          mock: builder.subject.mock === true,
          state,
        })
      : []),
  ];
}

function isReplay(response: HttpResponse): boolean {
  return response.headers['idempotency-replayed'] === 'true';
}

function validateOutcome(builder: RequestBuilder, each: Case, response: HttpResponse, body: unknown): Violation[] {
  const { expected, rule, pointer } = each;
  const violation = (message: string, contractPointer = pointer): Violation => ({ rule, message, contractPointer });
  const actual = describeResponse(response, body);
  if (expected.kind === 'accepted') {
    const isDeclared = String(response.status) in builder.entry.operation.responses;
    // The contract does not say whether a resource with a generated ID exists, nor in which state it is.
    const isByState = (response.status === 404 && builder.entry.path.includes('{')) || response.status === 412;
    if (isDeclared && isByState) return [];
    const isSuccess = response.status >= 200 && response.status <= (isDeclared ? 399 : 299);
    if (!isSuccess) return [violation(`Expected the request to be accepted; received ${actual}.`)];
    if (expected.replayed && !isReplay(response))
      return [violation('Expected Idempotency-Replayed: true in the response to the repeated request.')];
    return [];
  }
  const type = ERROR_TYPES[expected.error];
  const declared = errorTypesOf(builder.contract, builder).get(type);
  if (!declared) throw new Error(`No case can expect the error ${type}: the contract does not declare it.`);
  if (response.status !== declared.status)
    return [violation(`Expected ${declared.status} ${type}; received ${actual}.`)];
  if (each.request.method === 'HEAD') return [];
  if (errorOf(body)?.type !== type)
    return [violation(`Expected the error type ${type}; received ${actual}.`, declared.pointer)];
  if (expected.error === 'method') return validateAllow(builder, response);
  return validateLocations(expected.locations, body, violation);
}

function validateLocations(
  locations: ErrorLocation[],
  body: unknown,
  violation: (message: string) => Violation,
): Violation[] {
  if (locations.length === 0) return [];
  const details: unknown = errorOf(body)?.details;
  const reported = (Array.isArray(details) ? details : []).map(({ in: part, pointer }) => `${part} ${pointer}`);
  const expected = locations.map((location) => `${location.in} ${location.pointer}`);
  const missing = expected.filter((location) => !reported.includes(location));
  const surplus = reported.filter((location) => !expected.includes(location));
  const format = (list: string[]) => list.map((each) => JSON.stringify(each)).join(', ');
  return [
    ...(missing.length > 0
      ? [violation(`error.details lacks ${format(missing)}; it reports ${format(reported) || 'nothing'}.`)]
      : []),
    ...(surplus.length > 0 ? [violation(`error.details reports ${format(surplus)}, which is valid.`)] : []),
  ];
}

/** RFC 9110, section 10.2.1: Allow lists the methods of the path. OPTIONS and HEAD are the server's own. */
function validateAllow({ contract, entry }: RequestBuilder, response: HttpResponse): Violation[] {
  const declared = Object.keys(contract.paths[entry.path] ?? {})
    .filter((key) => /^(get|put|post|delete|options|head|patch|trace)$/.test(key))
    .map((method) => method.toUpperCase());
  const allowed = splitList(response.headers.allow ?? '');
  const own = ['OPTIONS', ...(declared.includes('GET') ? ['HEAD'] : [])];
  const isTrue =
    declared.every((each) => allowed.includes(each)) &&
    allowed.every((each) => declared.includes(each) || own.includes(each));
  if (isTrue) return [];
  return [
    {
      rule: 'method',
      message: `The Allow header is ${JSON.stringify(response.headers.allow)}; expected ${declared.join(', ')}.`,
      contractPointer: '/x-fallback-responses/405/headers/Allow',
    },
  ];
}

/** A requested version that exists is the version of the response. */
function validateVersion(
  { parameters, reader }: RequestBuilder,
  { request }: Case,
  response: HttpResponse,
): Violation[] {
  return parameters
    .filter(({ schema, parameter }) => parameter.in === 'header' && schema.references.includes(VERSION))
    .flatMap(({ parameter: { name }, pointer, schema }) => {
      const requested = request.headers[name.toLowerCase()];
      const exists = reader.violationsIn(schema, requested).length === 0;
      const received = response.headers[name.toLowerCase()];
      if (!exists || received === undefined || requested === received) return [];
      return [
        {
          rule: 'version',
          message: `Version ${requested} was requested; received version ${received}.`,
          contractPointer: pointer,
        },
      ];
    });
}

/** Stack traces, file positions and database codes. */
const INTERNALS = /\bat \S+ \(?\S+:\d+:\d+\)?|node_modules|Traceback|SQLITE_|SQLSTATE|\.(java|py|go|rb|ts|js):\d+/;

function findDisclosures(
  { secret }: Subject,
  { authorization }: RequestBuilder,
  { text, headers }: HttpResponse,
): Violation[] {
  const all = `${text}\n${Object.values(headers).join('\n')}`;
  const disclosures = [
    ...(INTERNALS.test(all) ? ['discloses internals of the service'] : []),
    // A short secret may be an ordinary word.
    ...(all.includes(authorization.slice('Basic '.length)) || (secret.length > 12 && all.includes(secret))
      ? ['discloses the credentials']
      : []),
  ];
  return disclosures.map((what) => ({
    rule: 'disclosure',
    message: `The response ${what}.`,
    contractPointer: '/info/description',
  }));
}

function validateRequestId(response: HttpResponse, state: RunState): Violation[] {
  const id = response.headers['x-request-id'];
  if (id === undefined) return [];
  const known = state.requestIds.has(id);
  state.requestIds.add(id);
  if (!known) return [];
  return [
    {
      rule: 'request id',
      message: `The X-Request-Id ${id} was already used in another response.`,
      contractPointer: '/components/headers/RequestId',
    },
  ];
}

interface ErrorPart {
  type?: unknown;
  message?: unknown;
  details?: unknown;
}

export function errorOf(body: unknown): ErrorPart | undefined {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return typeof error === 'object' && error !== null ? error : undefined;
}

export function parse({ text }: HttpResponse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The response validation reports it.
  }
}

function describeResponse({ status }: HttpResponse, body: unknown): string {
  const error = errorOf(body);
  return error
    ? `${status} ${String(error.type)}: ${String(error.message).slice(0, 200).replace(/\.$/, '')}`
    : String(status);
}
