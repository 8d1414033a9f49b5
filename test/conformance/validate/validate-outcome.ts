// Validates that a case was accepted, or rejected with the expected error.
import { type Case, ERROR_TYPES, type ErrorLocation } from '../cases/case.ts';
import { type DemandName, placeOf } from '../cases/demands.ts';
import { errorTypesOf } from '../cases/error-types.ts';
import type { RequestBuilder } from '../cases/request-builder.ts';
import { splitList } from './canonical-header.ts';
import { describeResponse, errorOf } from './response-body.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

export function validateOutcome(
  builder: RequestBuilder,
  each: Case,
  response: HttpResponse,
  body: unknown,
): Violation[] {
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
    const isReused = expected.mayBeReused && errorOf(body)?.type === ERROR_TYPES.idempotency;
    if (isDeclared && (isByState || isReused)) return [];
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

/** Validates the message and the headers of an error. */
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

/** Validates a header that must have all of these entries. */
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

/** The first entries of a long list. */
function shortenList(list: string[]): string {
  const shown = list.slice(0, 10).join(', ');
  return list.length > 10 ? `${shown} and ${list.length - 10} more` : shown;
}

/**
 * Validates that `Allow` lists the methods of the path (RFC 9110, section 10.2.1). Servers may add OPTIONS and HEAD.
 */
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
