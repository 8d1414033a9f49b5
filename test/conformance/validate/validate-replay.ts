// Validates that responses to requests with an idempotency key are replays exactly where they must be.
import { isDeepStrictEqual } from 'node:util';
import type { Case } from '../cases/case.ts';
import { type DemandName, placeOf } from '../cases/demands.ts';
import { IDEMPOTENCY_KEY } from '../cases/request-builder.ts';
import { isSuccess, parse } from './response-body.ts';
import type { HttpResponse, Violation } from './validate-response.ts';

export function isReplay(response: HttpResponse): boolean {
  return response.headers['idempotency-replayed'] === 'true';
}

/** A replay repeats the first response, and no other response is marked as a replay. */
export function validateReplay(
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
  if (expected.kind === 'rejected' || !expected.replayed) {
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

/** Simultaneous requests with one key get the same response, of which exactly one is no replay. */
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
    // The requests differ: one of them is the first, and the others are rejected.
    const successes = new Set(responses.filter(isSuccess).map((each) => JSON.stringify(parse(each)))).size;
    return successes > 1 ? violation(`${successes} of ${count} different requests at once were accepted.`) : [];
  }
  const created = new Set(responses.map((each) => JSON.stringify(parse(each)))).size;
  if (created > 1) return violation(`${count} requests at once got ${created} different responses.`);
  const firsts = responses.filter((each) => !isReplay(each)).length;
  const isRight = firsts === 1 || (wasRepeated && firsts === 0);
  return isRight ? [] : violation(`${firsts} of ${count} responses are not marked as replays; expected 1.`);
}
