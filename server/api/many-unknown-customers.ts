// The response to a request with thousands of customers that the account does not have.
import type { Violation } from '../edge/errors.ts';
import { PreparedResponse } from '../edge/prepared-response.ts';
import { NEEDS_ESCAPE } from '../text/parse-json.ts';
import type { Parties } from './organization-rules.ts';
import { eachUnknown, rejection, unknownCustomer } from './unknown-customers.ts';

/** The number of violations in one part of the text, and from which on it is composed without objects. */
const PART = 1024;

/** Returns whether the text of the response to these unknown IDs can be composed without objects. */
export function areMany(ids: readonly string[]): boolean {
  return ids.length >= PART && !NEEDS_ESCAPE.test(ids.join(''));
}

/** The JSON of a violation, divided at the index of the member and at its ID. */
const [BEFORE_INDEX = '', BEFORE_ID = '', AFTER_ID = ''] = JSON.stringify(unknownCustomer('#', '#')).split('#');
/** The end of a violation and the beginning of the next. */
const BETWEEN = `${AFTER_ID},${BEFORE_INDEX}`;

/**
 * Returns the response of `unknownCustomers`, for IDs that `areMany` accepts. Its text is composed of few strings: with
 * the strings of each pointer and message, it took twice as long.
 */
export function manyUnknownCustomers(ids: readonly string[], parties: Parties) {
  const [before = '', after = ''] = JSON.stringify(rejection(ids.length, []).body).split(/(?<=\[)(?=\])/);
  const texts = [before];
  const samples: Violation[] = [];
  let part = '';
  let count = 0;
  eachUnknown(ids, parties, (id, index) => {
    if (count > 0) {
      part += BETWEEN + index + BEFORE_ID + id;
    } else {
      const first = unknownCustomer(id, index);
      samples.push(first);
      part = JSON.stringify(first).slice(0, -AFTER_ID.length);
    }
    if (++count % PART > 0) return;
    texts.push(part);
    part = '';
  });
  texts.push(part, count > 0 ? AFTER_ID : '', after);
  const { status, body: sample } = rejection(ids.length, samples);
  return new PreparedResponse(status, { texts, sample });
}
