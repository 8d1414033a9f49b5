// Compares the properties of objects. Clients ignore properties that they do not know, unless the object is closed.
import { capitalize } from './change.ts';
import type { Comparison } from './comparison.ts';
import { Place } from './place.ts';
import { difference } from './sets.ts';
import type { Shape } from './shape/shape.ts';
import { becomesImpossible } from './shape/shape-of.ts';
import { canonical } from './text.ts';

export function compareProperties(comparison: Comparison, before: Shape, after: Shape): void {
  const isFelt = comparison.mode !== 'values';
  for (const name of new Set([...before.properties.keys(), ...after.properties.keys()])) {
    const [old, now] = [before.properties.get(name), after.properties.get(name)];
    // A property that is never sent counts as removed.
    if (old && now && isFelt && comparison.position === 'response' && becomesImpossible(old, now, 'response'))
      reportRemoved(comparison, name, now);
    else if (old && now) {
      comparison.compare(old, now);
      if (isFelt) compareDefaults(comparison, name, { before: old, after: now }, { before, after });
    } else if (comparison.mode !== 'client') comparison.compare(old ?? unnamed(before), now ?? unnamed(after));
    else if (old) reportRemoved(comparison, name, old);
    else if (now) reportAdded(comparison, name, now, before, after.required.has(name));
  }
  compareRequired(comparison, before, after);
  compareOthers(comparison, before, after);
}

/** The schemas that apply to a property that the schema does not name. */
function unnamed({ additional, others, places }: Shape): Place[] {
  if (others.has('patternProperties')) return [];
  return additional || [(places.get('') ?? new Place({})).with(false)];
}

function reportRemoved({ position, changes }: Comparison, name: string, [place]: readonly Place[]): void {
  if (!place) return;
  const message =
    position === 'request'
      ? `Requests no longer have the property \`${name}\`: what clients send in it is rejected or ignored.`
      : `Responses no longer have the property \`${name}\`, which clients read.`;
  changes.breaking({ place, message });
}

function reportAdded(
  comparison: Comparison,
  name: string,
  now: readonly Place[],
  before: Shape,
  isRequired: boolean,
): void {
  const { position, changes } = comparison;
  const [place] = now;
  if (!place) return;
  if (before.additional && before.additional.length > 0) comparison.compare(before.additional, now);
  if (position === 'request' && isRequired) {
    const message = `Requests need the new property \`${name}\`, which clients do not send.`;
    changes.breaking({ place, message, remedy: 'Make it optional, or make it in a new version.' });
  } else if (position === 'response' && before.additional === false && !before.isExtensible) {
    const message = `Responses have the new property \`${name}\`, and the released contract allows no others.`;
    changes.breaking({ place, message, remedy: 'Leave it out, or make it in a new version.' });
  } else changes.added({ place, message: `The property \`${name}\` of ${position}s is new.` });
}

function compareRequired(comparison: Comparison, before: Shape, after: Shape): void {
  const pair = [before, after] as const;
  // The comparison of properties has reported what was added or removed with its property.
  const isReported = (name: string, one: Shape, other: Shape) =>
    comparison.mode === 'client' && one.properties.has(name) && !other.properties.has(name);
  for (const name of difference(before.required, after.required)) {
    if (isReported(name, before, after)) continue;
    const what = `The property \`${name}\` of ${comparison.position}s is no longer required`;
    comparison.report('loosened', pair, ['required'], what);
  }
  for (const name of difference(after.required, before.required)) {
    if (isReported(name, after, before)) continue;
    comparison.report(
      'tightened',
      pair,
      ['required'],
      `The property \`${name}\` of ${comparison.position}s is required`,
    );
  }
}

/** Compares the properties that the schema does not name. */
function compareOthers(comparison: Comparison, before: Shape, after: Shape): void {
  const pair = [before, after] as const;
  const name = comparison.nameOf(after, before);
  const keywords = ['additionalProperties', 'unevaluatedProperties'];
  if (before.additional && after.additional) comparison.compare(before.additional, after.additional);
  else if (before.additional) comparison.report('tightened', pair, keywords, `${name} has no other properties now`);
  else if (after.additional) comparison.report('loosened', pair, keywords, `${name} can have other properties`);
}

interface Pair<T> {
  before: T;
  after: T;
}

/** Compares defaults: the meaning of a property that a client omits, or that a response omits. */
function compareDefaults(comparison: Comparison, name: string, places: Pair<Place[]>, shapes: Pair<Shape>): void {
  const isAlwaysThere = (comparison.position === 'request' ? shapes.before : shapes.after).required.has(name);
  if (!isAlwaysThere && !shapes.before.required.has(name)) reportDefault(comparison, `\`${name}\``, places);
}

/** Compares the default of an optional parameter or property. */
export function reportDefault({ position, changes }: Comparison, name: string, pair: Pair<Place[]>): void {
  const [old, now] = [findDefault(pair.before), findDefault(pair.after)];
  const place = now ?? old;
  if (!place || canonical(old?.value) === canonical(now?.value)) return;
  const show = ({ value }: Place) => `\`${JSON.stringify(value)}\``;
  if (!old) changes.added({ place, message: `${capitalize(name)} has the default ${show(place)}.` });
  else {
    const what = now ? `changed from ${show(old)} to ${show(now)}` : `was removed, and was ${show(old)}`;
    const consequence =
      position === 'request'
        ? 'requests that leave it out mean something else.'
        : 'clients that do not get it assume the wrong value.';
    const message = `The default of ${name} ${what}: ${consequence}`;
    changes.breaking({ place, message, remedy: 'Keep the default, or make it in a new version.' });
  }
}

function findDefault(places: readonly Place[]): Place | undefined {
  for (const place of places) {
    const found = place.child('default') ?? place.follow()?.child('default');
    if (found) return found;
    const part = findDefault((place.follow()?.at('allOf')?.children() ?? []).map(([, each]) => each));
    if (part) return part;
  }
  return undefined;
}
