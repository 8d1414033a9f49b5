// Compares the response to a derived case with the expected outcome. Rules for every response are in
// validate-response.ts.
import { isDeepStrictEqual } from 'node:util';
import { type Case, ERROR_TYPES, type ErrorLocation, type Subject } from '../cases/case.ts';
import { type DemandName, placeOf } from '../cases/demands.ts';
import { errorTypesOf } from '../cases/error-types.ts';
import { IDEMPOTENCY_KEY, type RequestBuilder } from '../cases/request-builder.ts';
import { splitList } from './canonical-header.ts';
import { VERSION } from './schema.ts';
import { checkSemantics, type RunState } from './semantics.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

/**
 * The violations in the response to this case, besides those of the response validation.
 *
 * @param responses all responses of the case, those to its setup requests first
 */
export function validateCase(
  builder: RequestBuilder,
  each: Case,
  response: HttpResponse,
  state: RunState,
  responses: readonly HttpResponse[],
): Violation[] {
  const body = parse(response);
  noteProxy(response, state);
  return [
    ...validateOutcome(builder, each, response, body),
    ...validateReplay(each, response, responses),
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

/** Proxies that name themselves: `Via` is for them (RFC 9110, section 7.6.3). */
const PROXY = /nginx|openresty|cloudflare|cloudfront|varnish|envoy|haproxy|traefik|caddy|apache|akamai|awselb/i;

function noteProxy({ headers }: HttpResponse, state: RunState): void {
  if (headers.via !== undefined || PROXY.test(headers.server ?? '')) state.hasProxy = true;
}

export function isReplay(response: HttpResponse): boolean {
  return response.headers['idempotency-replayed'] === 'true';
}

function isSuccess({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

/** A replay repeats the first response, and nothing else calls itself one. */
function validateReplay(
  { expected, request, rule, delivery }: Case,
  response: HttpResponse,
  responses: readonly HttpResponse[],
): Violation[] {
  const violation = (message: string, demand: DemandName): Violation[] => [
    { rule: 'idempotency', message, ...placeOf(demand) },
  ];
  // In a group, any of the requests may be the first. A key of an earlier run may have been used before.
  const isOpen = delivery === 'together' || (request.headers[IDEMPOTENCY_KEY] !== undefined && rule !== 'idempotency');
  if (expected.kind === 'any' || isOpen) return [];
  if (expected.kind === 'refused' || !expected.replayed) {
    const says = response.headers['idempotency-replayed'];
    return says === undefined
      ? []
      : violation(`The response has Idempotency-Replayed: ${says}, but repeats no earlier one.`, 'only replays');
  }
  const first = responses.find(isSuccess);
  if (!first || !isSuccess(response)) return [];
  if (!isReplay(response))
    return violation('Expected Idempotency-Replayed: true in the response to the repeated request.', 'created once');
  return first.status === response.status && isDeepStrictEqual(parse(first), parse(response))
    ? []
    : violation(
        `The response to the repeated request differs from the first one, ${first.text.slice(0, 200)}`,
        'created once',
      );
}

/** Requests with one key that are sent at once have the same response, of which one is no replay. */
export function validateGroup(
  { delivery, request, expected }: Case,
  responses: readonly HttpResponse[],
  wasRepeated: boolean,
): Violation[] {
  if (delivery !== 'together' || request.headers[IDEMPOTENCY_KEY] === undefined) return [];
  const violation = (message: string): Violation[] => [
    { rule: 'idempotency', message, ...placeOf('at the same time') },
  ];
  const count = responses.length;
  if (expected.kind === 'any') {
    // The requests are different ones: one of them is the first, and the others are rejected.
    const successes = new Set(responses.filter(isSuccess).map((each) => JSON.stringify(parse(each)))).size;
    return successes > 1 ? violation(`${successes} of ${count} different requests at once were accepted.`) : [];
  }
  const created = new Set(responses.map((each) => JSON.stringify(parse(each)))).size;
  if (created > 1) return violation(`${count} requests at once got ${created} different responses.`);
  const firsts = responses.filter((each) => !isReplay(each)).length;
  const isRight = firsts === 1 || (wasRepeated && firsts === 0);
  return isRight ? [] : violation(`${firsts} of ${count} responses are not marked as replays; expected 1.`);
}

function validateOutcome(builder: RequestBuilder, each: Case, response: HttpResponse, body: unknown): Violation[] {
  const { expected, rule, demand } = each;
  const place = demand ? placeOf(demand) : { contractPointer: each.pointer };
  const violation = (message: string, at: Partial<Violation> = place): Violation => ({
    rule,
    message,
    ...place,
    ...at,
  });
  const actual = describeResponse(response, body) + adviceOn(response, each);
  if (expected.kind === 'any') return [];
  if (expected.kind === 'accepted') {
    const isDeclared = String(response.status) in builder.entry.operation.responses;
    // The contract does not say whether a resource with a generated ID exists, nor in which state it is.
    const isByState = (response.status === 404 && builder.entry.path.includes('{')) || response.status === 412;
    if (isDeclared && isByState) return [];
    const isSuccess = response.status >= 200 && response.status <= (isDeclared ? 399 : 299);
    return isSuccess ? [] : [violation(`Expected the request to be accepted; received ${actual}.`)];
  }
  const type = ERROR_TYPES[expected.error];
  const declared = errorTypesOf(builder.contract, builder).get(type);
  if (!declared) throw new Error(`No case can expect the error ${type}: the contract does not declare it.`);
  if (response.status !== declared.status)
    return [violation(`Expected ${declared.status} ${type}; received ${actual}.`)];
  if (each.request.method === 'HEAD') return [];
  if (errorOf(body)?.type !== type)
    return [violation(`Expected the error type ${type}; received ${actual}.`, { contractPointer: declared.pointer })];
  if (expected.error === 'method') return validateAllow(builder, response);
  return [...validateLocations(expected.locations, body, violation), ...validateExtras(each, response, body)];
}

/** What the message and the headers of an error must have. */
function validateExtras({ rule, message, header }: Case, response: HttpResponse, body: unknown): Violation[] {
  const text = String(errorOf(body)?.message);
  const lacks = (what: string, demand: DemandName): Violation => ({ rule, message: what, ...placeOf(demand) });
  return [
    ...(message && !message.pattern.test(text)
      ? [lacks(`error.message lacks ${message.what}; it is ${JSON.stringify(text.slice(0, 200))}.`, message.demand)]
      : []),
    ...(header ? validateList(header, response).map((what) => lacks(what, header.demand)) : []),
  ];
}

/** A header that must be there, with all of these entries. */
function validateList({ name, entries }: NonNullable<Case['header']>, { headers }: HttpResponse): string[] {
  const value = headers[name];
  if (value === undefined) return [`The response lacks the header ${name}.`];
  const listed = splitList(value.toLowerCase());
  const missing = entries.filter((each) => !listed.includes(each));
  return missing.length > 0 ? [`The header ${name} lacks ${missing.join(', ')}; it is ${JSON.stringify(value)}.`] : [];
}

/** A proxy that is still sending the body when the connection closes has no response to pass on. */
function adviceOn({ status }: HttpResponse, { request }: Case): string {
  if (status !== 502 || request.body === undefined) return '';
  return ', as a proxy responds for a service that does not read a body that it rejects. Read it, and then close';
}

function validateLocations(
  locations: ErrorLocation[],
  body: unknown,
  violation: (message: string) => Violation,
): Violation[] {
  if (locations.length === 0) return [];
  const details: unknown = errorOf(body)?.details;
  // Text in UTF-8 has U+FFFD for a lone surrogate.
  const toText = (part: unknown, pointer: unknown) => `${part} ${pointer}`.toWellFormed();
  const reported = (Array.isArray(details) ? details : []).map(({ in: part, pointer }) => toText(part, pointer));
  const expected = locations.map((location) => toText(location.in, location.pointer));
  const [reportedSet, expectedSet] = [new Set(reported), new Set(expected)];
  const missing = expected.filter((location) => !reportedSet.has(location));
  const surplus = reported.filter((location) => !expectedSet.has(location));
  const format = (list: string[]) => shortenList(list.map((each) => JSON.stringify(each)));
  return [
    ...(missing.length > 0
      ? [violation(`error.details lacks ${format(missing)}; it reports ${format(reported) || 'nothing'}.`)]
      : []),
    ...(reportedSet.size < reported.length ? [violation('error.details reports a place more than once.')] : []),
    ...(surplus.length > 0 ? [violation(`error.details reports ${format(surplus)}, which is valid.`)] : []),
  ];
}

/** Some of a long list. */
function shortenList(list: string[]): string {
  const shown = list.slice(0, 10).join(', ');
  return list.length > 10 ? `${shown} and ${list.length - 10} more` : shown;
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
    .flatMap(({ parameter: { name }, schema }) => {
      const requested = request.headers[name.toLowerCase()];
      const exists = reader.violationsIn(schema, requested).length === 0;
      const received = response.headers[name.toLowerCase()];
      if (!exists || received === undefined || requested === received) return [];
      return [
        {
          rule: 'version',
          message: `Version ${requested} was requested; received version ${received}.`,
          ...placeOf('version of responses'),
        },
      ];
    });
}

/** Statements in SQL. A name in a response may look like one, the message of an error may not. */
const SQL = /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.+\bSET\b|\bDELETE FROM\b/;

/** Stack traces, file positions and database codes. */
const INTERNALS = /\bat \S+ \(?\S+:\d+:\d+\)?|node_modules|Traceback|SQLITE_|SQLSTATE|\.(java|py|go|rb|ts|js):\d+/;

function findDisclosures(
  { secret }: Subject,
  { authorization }: RequestBuilder,
  { status, text, headers }: HttpResponse,
): Violation[] {
  const all = `${text}\n${Object.values(headers).join('\n')}`;
  const disclosures = [
    ...(INTERNALS.test(all) || (status >= 400 && SQL.test(text)) ? ['discloses internals of the service'] : []),
    // A short secret may be an ordinary word.
    ...(all.includes(authorization.slice('Basic '.length)) || (secret.length > 12 && all.includes(secret))
      ? ['discloses the credentials']
      : []),
  ];
  return disclosures.map((what) => ({
    rule: 'disclosure',
    message: `The response ${what}.`,
    ...placeOf('no internals'),
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
      ...placeOf('request ID'),
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
