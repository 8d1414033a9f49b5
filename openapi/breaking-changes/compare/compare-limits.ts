// Compares what a contract says of limits and the order of checks.

import { decodeSegment } from '../../model/json-pointer.ts';
import { type Change, ChangeList } from '../schema/change.ts';
import { Place } from '../schema/place.ts';

interface Pair {
  before: Place;
  after: Place;
}

/**
 * Compares the entries of `x-limits`. Each allows clients something, so that a higher limit breaks nothing. An entry
 * that points to the same schema keyword is compared there; `lowerKeywords` finds those that hold for every version.
 */
export function compareLimits(changes: ChangeList, { before, after }: Pair): void {
  const [old, now] = [before, after].map((place) => place.at('x-limits'));
  if (!old) {
    // These limits applied to clients before they were stated.
    if (now) changes.added({ place: now, message: 'The limits are stated in `x-limits`.' });
    return;
  }
  for (const [name, limit] of old.children()) compareLimit(changes, name, limit, now?.at(name));
  for (const [name, limit] of now?.children() ?? []) {
    if (old.at(name)) continue;
    // The limit of the schema applied to clients before.
    if (limit.text('at') !== undefined)
      changes.added({ place: limit, message: `The limit \`${name}\` of a schema is stated.` });
    else changes.values('request', 'tightened', limit, `The limit \`${name}\` is new`);
  }
}

function compareLimit(changes: ChangeList, name: string, limit: Place, next: Place | undefined): void {
  const at = limit.text('at');
  // The schema's comparison covers it.
  if (at !== undefined && at === next?.text('at')) return;
  const [was, is] = [numberOf(limit), next && numberOf(next)];
  if (!next || is === undefined) {
    const lost = at === undefined ? 'was removed' : 'is no longer stated';
    changes.compatible({ place: next ?? limit, message: `The limit \`${name}\` ${lost}, and was ${was}.` });
    return;
  }
  if (was === is) return;
  const place = next.child('value') ?? next.child('at') ?? next;
  const direction = was !== undefined && is > was ? 'loosened' : 'tightened';
  changes.values('request', direction, place, `The limit \`${name}\` changed from ${was ?? 'none'} to ${is}`);
}

/** Its own value, or the one that it points to. */
function numberOf(limit: Place): number | undefined {
  const value = keywordOf(limit)?.value ?? limit.get('value');
  return typeof value === 'number' ? value : undefined;
}

/** The schema keyword that a limit points to, in its own contract or in another. */
function keywordOf(limit: Place, root = limit.root): Place | undefined {
  const keys = limit
    .text('at')
    ?.replace(/^#?\/?/, '')
    .split('/');
  return keys && new Place(root).at(...keys.map(decodeSegment));
}

/**
 * Schema keywords that are lower than before, and that `x-limits` points to or did: the limits of all versions. Each
 * change is reported at the JSON Pointer of the keyword, as if the limit stated the number itself.
 */
export function lowerKeywords({ before, after }: Pair): Map<string, Change> {
  const lowered = new Map<string, Change>();
  for (const [name, limit] of before.at('x-limits')?.children() ?? []) {
    const keyword = keywordOf(limit, after.root);
    const [was, is] = [numberOf(limit), keyword?.value];
    if (!keyword || was === undefined || typeof is !== 'number' || is >= was) continue;
    const list = new ChangeList({ isShared: true });
    list.values('request', 'tightened', keyword, `The limit \`${name}\` changed from ${was} to ${is}`);
    for (const change of list.changes) lowered.set(keyword.pointer, change);
  }
  return lowered;
}

/** The first of several errors in `x-order-of-checks` decides the response. A new check rejects further requests. */
export function compareOrder(changes: ChangeList, { before, after }: Pair): void {
  const [old, place] = [before.at('x-order-of-checks'), after.at('x-order-of-checks')];
  if (!old) {
    if (place) changes.added({ place, message: 'The order of checks is stated in `x-order-of-checks`.' });
    return;
  }
  if (!place) {
    changes.breaking({ place: old, message: 'The order of checks is no longer stated, and clients rely on it.' });
    return;
  }
  const [was = [], is = []] = [old, place].map((each) => (Array.isArray(each.value) ? each.value.map(String) : []));
  if (String(was) === String(is)) return;
  const [kept, order] = [was.filter((name) => is.includes(name)), is.filter((name) => was.includes(name))];
  const differences = [
    ...was.filter((name) => !is.includes(name)).map((name) => `\`${name}\` was removed`),
    ...is.filter((name) => !was.includes(name)).map((name) => `\`${name}\` is new`),
    ...(String(kept) === String(order) ? [] : ['their order is another one']),
  ];
  changes.breaking({
    place,
    message:
      `The checks changed from ${was.join(', ')} to ${is.join(', ')} (${differences.join(', ')}): ` +
      'requests get another response.',
  });
}
