// Compares a response with what the model expects for its message, and with the contract.
import bundled from '../../../generated/openapi.json' with { type: 'json' };
import type { Contract } from '../../../openapi/model/contract.ts';
import { createResponseValidator } from '../../conformance/validate/validate-response.ts';
import { fieldOf, type WireResponse } from '../../support/http/wire-responses.ts';
import { type Creation, expectResponse, type Implementation, isSite, PATH } from './expect-response.ts';
import { isFresh } from './fresh-key.ts';
import { listOf, type Message } from './message.ts';
import { splitTarget } from './target.ts';

// The type of the JSON file is narrower.
const validateResponse = createResponseValidator(bundled as unknown as Contract);

/** How the implementation is reached, which decides how strictly it is checked. */
export interface Rules extends Implementation {
  /**
   * Something unknown is at the other end, such as a proxy. It may reject a request by itself, with a status of its own
   * and without the envelope, or in the envelope and with a close, add headers, close the connection after any
   * response, and take a half-closed client for one that has gone; what carries an `X-Request-Id` is still held to the
   * contract. It may repair a message that is not valid in any way, so from there on a connection is only searched for
   * failures of the server. An earlier run may have used an idempotency key that is not fresh.
   */
  relaxed: boolean;
}

/** A create that has a response, or may have taken effect without one. */
export interface CreateRecord {
  creation: Creation;
  /** The response; undefined without one. */
  response: { status: number; id: string | undefined; replayed: boolean } | undefined;
}

/** What a response is, and what is wrong with it. */
export interface ResponseResult {
  finding?: string;
  /** Whether it rejects a message that may be rejected. */
  isRejection: boolean;
  create?: CreateRecord;
}

/** `number` is that of the message on its connection, from 1. */
export function checkResponse(message: Message, response: WireResponse, number: number, rules: Rules): ResponseResult {
  const { state, method, doubts } = message;
  const description = describeResponse(message, response, number);
  if (isForeign(response, rules))
    return FOREIGN.has(response.status)
      ? { isRejection: true }
      : { isRejection: true, finding: `${description}, without X-Request-Id` };
  const { outcomes, creation, unknownNames } = expectResponse(message, rules);
  const isProcessed = [...outcomes].some((outcome) => matches(response, outcome, method));
  const isByProxy =
    rules.relaxed && response.last && PROXY_ERRORS.some((outcome) => matches(response, outcome, method));
  const isRejection =
    isByProxy || (matches(response, '400 InvalidRequest', method) && (state !== 'complete' || doubts.length > 0));
  const isCutOff = state === 'unfinished' && matches(response, '400 MalformedJson', method);
  const isLimited = rules.relaxed && matches(response, '429 RateLimited', method);
  if (!isProcessed && !isRejection && !isCutOff && !isLimited)
    return { isRejection, finding: `${description}, allowed: ${[...outcomes].join(', ') || 'nothing else'}` };
  const finding =
    findInterim(message, response) ??
    findBody(message, response) ??
    findBreach(message, response, outcomes, rules) ??
    (isRejection || rules.relaxed ? undefined : findNames(response, unknownNames));
  if (finding !== undefined) return { isRejection, finding: `${description}, ${finding}` };
  if (!isProcessed || !creation || outcomes.has('preference')) return { isRejection };
  // The other request may be one of an earlier run.
  if (rules.relaxed && response.status === 409 && !isFresh(creation.key ?? '')) return { isRejection };
  return { isRejection, ...readCreate(creation, response, description) };
}

/** Describes the response, and the message that it belongs to. */
export function describeResponse(
  { state, reason, violation, doubts, method = '' }: Message,
  response: WireResponse,
  number: number,
): string {
  const known = [state, reason, violation, ...doubts].filter((each) => each !== undefined).join(', ');
  const close = response.last ? ' with a close' : '';
  return `${nameOutcome(response)}${close} in response to message ${number}, ${method} (${known})`;
}

/** The status and, if there is one, the `error.type`. */
export function nameOutcome({ status, body }: WireResponse): string {
  const [, type] = status >= 400 ? (/^\{"error":\{"type":"(\w+)"/.exec(body.toString('latin1', 0, 60)) ?? []) : [];
  return type === undefined ? String(status) : `${status} ${type}`;
}

/** Whether the response is from a proxy itself. */
export function isForeign(response: WireResponse, { relaxed }: Rules): boolean {
  return relaxed && fieldOf(response, 'x-request-id') === undefined;
}

/**
 * Statuses with which a proxy rejects what it does not pass on. 502, 503 and 504 are not among them: they say that the
 * server failed.
 */
const FOREIGN = new Set([400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 426, 431, 494, 501, 505]);

/** What a proxy may respond in the envelope, as that of `server/deploy/nginx.conf` does. */
const PROXY_ERRORS = ['400 InvalidRequest', '413 PayloadTooLarge'];

/**
 * Whether an outcome is allowed. Only the status counts if the response has no body to name its type. Responses to a
 * preference are checked against the contract later.
 */
function matches(response: WireResponse, outcome: string, method: string | undefined): boolean {
  if (outcome === 'site') return SITE_STATUSES.has(response.status);
  if (outcome === 'preference') return true;
  return method === 'HEAD' ? outcome.startsWith(String(response.status)) : outcome === nameOutcome(response);
}

const SITE_STATUSES = new Set([200, 304, 406, 412, 503]);

function findInterim({ head }: Message, { interim }: WireResponse): string | undefined {
  const expects = head !== undefined && listOf(head, 'expect').includes('100-continue');
  const isFine = interim.every((status) => status === 100) && interim.length <= (expects ? 1 : 0);
  return isFine ? undefined : `behind the interim responses ${interim.join(', ')}`;
}

function findBody({ method }: Message, { body }: WireResponse): string | undefined {
  return method === 'HEAD' && body.length > 0 ? 'with a body' : undefined;
}

const ABOUT_BODY = new Set(['body', 'media type']);

function findBreach(
  { head, method = '' }: Message,
  response: WireResponse,
  outcomes: ReadonlySet<string>,
  { relaxed }: Rules,
): string | undefined {
  if (fieldOf(response, 'x-request-id') === undefined) return 'without X-Request-Id';
  if (response.status === 204 || outcomes.has('site')) return undefined;
  if (response.status === 405 && head && isSite(splitTarget(head.target).path))
    return fieldOf(response, 'allow') === 'GET, HEAD' ? undefined : 'without Allow: GET, HEAD';
  const reply = {
    status: response.status,
    headers: Object.fromEntries(response.fields.map(([name, value]) => [name.toLowerCase(), value])),
    text: response.body.toString(),
  };
  // A request that is rejected before routing gets the errors of the operation.
  const request =
    response.status === 404 ? { method, path: '/' } : { method: response.status === 405 ? method : 'POST', path: PATH };
  const [first] = validateResponse(request, reply)
    .filter(({ rule }) => method !== 'HEAD' || !ABOUT_BODY.has(rule))
    .filter(({ rule }) => !relaxed || rule !== 'undeclared header');
  return first && `which breaks the contract: ${first.message} (${first.contractPointer})`;
}

/** Compares the undeclared properties that an error lists with those of the body. */
function findNames(response: WireResponse, names: string[] | undefined): string | undefined {
  if (names === undefined || nameOutcome(response) !== '400 InvalidRequest' || response.body.length === 0)
    return undefined;
  // The response has been checked against the contract.
  const { error }: { error: { details?: { in: string; pointer: string }[] } } = JSON.parse(response.body.toString());
  const listed = (error.details ?? [])
    .filter((each) => each.in === 'body' && /^\/[^/]*$/.test(each.pointer) && !DECLARED.has(each.pointer))
    .map(({ pointer }) => pointer);
  const expected = names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  if (JSON.stringify(listed.toSorted()) === JSON.stringify(expected.toSorted())) return undefined;
  return `with the unknown properties ${JSON.stringify(listed)} instead of ${JSON.stringify(expected)}`;
}

const DECLARED = new Set(['/ownerId', '/memberIds']);

function readCreate(
  creation: Creation,
  response: WireResponse,
  description: string,
): Omit<ResponseResult, 'isRejection'> {
  const { status } = response;
  const replayed = fieldOf(response, 'idempotency-replayed') !== undefined;
  if (status !== 201) return { create: { creation, response: { status, id: undefined, replayed } } };
  // The response has been checked against the contract.
  const { id, owner, members }: Organization = JSON.parse(response.body.toString());
  const got = JSON.stringify([owner.id, members.map((each) => each.id)]);
  const wanted = JSON.stringify([creation.owner, creation.members]);
  if (got !== wanted) return { finding: `${description}, with ${got} instead of ${wanted}` };
  return { create: { creation, response: { status, id, replayed } } };
}

interface Organization {
  id: string;
  owner: { id: string };
  members: { id: string }[];
}
