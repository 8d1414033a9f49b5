// Compares the responses of an operation, by status.
import type { ChangeList, Position } from '../schema/change.ts';
import { reportDefault } from '../schema/compare-properties.ts';
import { SchemaComparison } from '../schema/compare-schemas.ts';
import type { Place } from '../schema/place.ts';
import { isSame } from '../schema/sameness.ts';
import { becomesImpossible } from '../schema/shape/shape-of.ts';
import { compareContents } from './compare-contents.ts';
import { reportSerialization, schemaOf } from './serialization.ts';

interface Pair {
  before: Place;
  after: Place;
}

/**
 * Compares the responses below `responses`. With `x-extensible: true`, an operation announces that others will come.
 */
export function compareResponses(changes: ChangeList, { before, after }: Pair, position: Position): void {
  const [old, now] = [before.at('responses'), after.at('responses')];
  const isExtensible = before.get('x-extensible') === true;
  const place = after.child('x-extensible');
  if (position === 'response' && !isExtensible && place?.value === true)
    changes.breaking({ place, message: 'Further responses may come, which clients were not asked to expect.' });
  compareStatuses(changes, old ?? before.with({}), now ?? after.with({}), position, isExtensible);
}

/** Compares responses by status, given by their own places. */
export function compareStatuses(
  changes: ChangeList,
  before: Place,
  after: Place,
  position: Position,
  isExtensible = false,
): void {
  for (const [status, old] of before.children().filter(isStatus)) {
    const now = find(after, status);
    if (now) compareResponse(changes, { before: old, after: now }, status, position);
    else
      changes.breaking({
        place: old,
        message: `Response \`${status}\` was removed: clients that handle it get another one.`,
      });
  }
  for (const [status, now] of after.children().filter(isStatus)) {
    if (before.at(status)) continue;
    const range = find(before, status);
    if (range) compareResponse(changes, { before: range, after: now }, status, position);
    else if (position === 'request' || isExtensible)
      changes.added({ place: now, message: `Response \`${status}\` is new.` });
    else
      changes.breaking({
        place: now,
        message: `Response \`${status}\` is new, and clients do not expect it.`,
        remedy:
          'Use a status that clients know, make it in a new version, or let the operation have further responses ' +
          'from the first version on with `x-extensible: true`.',
      });
  }
}

function isStatus([key]: [string, Place]): boolean {
  return !key.startsWith('x-');
}

/** The response to a status: its own, that of its range, or the default. */
function find(responses: Place, status: string): Place | undefined {
  const range = `${status.charAt(0)}XX`;
  return responses.at(status) ?? responses.at(range) ?? responses.at(range.toLowerCase()) ?? responses.at('default');
}

function compareResponse(changes: ChangeList, pair: Pair, status: string, position: Position): void {
  if (isSame(pair.before, pair.after)) return;
  const name = `Response \`${status}\``;
  const [old, now] = [pair.before, pair.after].map(headersOf);
  for (const [key, header] of old ?? []) {
    const next = now?.get(key);
    const isSent =
      next && !(position === 'response' && becomesImpossible(schemasOf(header), schemasOf(next), position));
    if (isSent) compareHeader(changes, { before: header, after: next }, status, position);
    else changes.breaking({ place: header, message: `${name} no longer has the header ${labelOf(header)}.` });
  }
  for (const [key, place] of now ?? []) {
    if (old?.has(key)) continue;
    if (position === 'request' && place.get('required') === true)
      changes.breaking({ place, message: `${name} needs the new header ${labelOf(place)}.` });
    else changes.added({ place, message: `${name} has the new header ${labelOf(place)}.` });
  }
  const hasBody = (place: Place) => Object.keys(Object(place.get('content'))).length > 0;
  if (!hasBody(pair.before) && hasBody(pair.after))
    changes.added({ place: pair.after, message: `${name} has a body now.` });
  else compareContents(changes, pair, position, 'the body of the response');
}

function headersOf(response: Place): Map<string, Place> {
  const entries = response.at('headers')?.children() ?? [];
  // OpenAPI ignores a header with this name.
  const own = entries.filter(([name]) => name.toLowerCase() !== 'content-type');
  return new Map(own.map(([name, header]) => [name.toLowerCase(), header]));
}

/** The schema of a header, or none. */
function schemasOf(header: Place): Place[] {
  return [schemaOf(header) ?? []].flat();
}

function labelOf(header: Place): string {
  return header.path.split('/').at(-1) ?? '';
}

function compareHeader(changes: ChangeList, { before, after }: Pair, status: string, position: Position): void {
  const [was, is] = [before, after].map((place) => place.get('required') === true);
  const name = labelOf(after);
  if (was !== is) {
    const what = `The header ${name} of response \`${status}\` is ${is ? 'always sent' : 'no longer sent always'}`;
    changes.values(position, is ? 'tightened' : 'loosened', after.child('required') ?? after, what);
  }
  const label = `the header ${name}`;
  const comparison = new SchemaComparison(position, label);
  const [old, now] = [schemasOf(before), schemasOf(after)];
  comparison.compare(old, now);
  const isAlwaysThere = position === 'request' ? was : is;
  if (!was && !isAlwaysThere) reportDefault(comparison, label, { before: old, after: now });
  changes.include(comparison.changes.changes);
  reportSerialization(changes, { before, after }, label);
}
