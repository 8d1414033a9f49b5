// The response to a request with thousands of customers that the account does not have.
import type { Violation } from '../edge/errors.ts';
import { PreparedResponse } from '../edge/prepared-response.ts';
import { NEEDS_ESCAPE } from '../text/parse-json.ts';
import type { Parties } from './organization-rules.ts';
import { eachUnknown, rejection } from './unknown-customers.ts';

/** The number of violations in one part of the text, and from which on it is composed without objects. */
const PART = 1024;

/** Returns whether the text of the response to these unknown IDs can be composed without objects. */
export function areMany(ids: readonly string[]): boolean {
  return ids.length >= PART && !NEEDS_ESCAPE.test(ids.join(''));
}

/** Returns the response of `unknownCustomers`, for IDs that `areMany` accepts. */
export function manyUnknownCustomers(ids: readonly string[], parties: Parties) {
  const parts: string[] = [];
  const samples: Violation[] = [];
  let part = '';
  let count = 0;
  eachUnknown(ids, parties, (pointer, message) => {
    if (count === 0) samples.push({ in: 'body', pointer, message });
    else part += ',';
    part += `{"in":"body","pointer":"${pointer}","message":"${message}"}`;
    count++;
    if (count % PART > 0) return;
    parts.push(part);
    part = '';
  });
  const { status, body: sample } = rejection(ids.length, samples);
  const [before = '', after = ''] = JSON.stringify(rejection(ids.length, []).body).split(/(?<=\[)(?=\])/);
  return new PreparedResponse(status, { texts: [before, ...parts, part, after], sample });
}
