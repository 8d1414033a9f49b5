// Compares alternatives: `oneOf`, `anyOf` and several types.
import { compareExclusion } from './compare-exclusion.ts';
import type { Comparison } from './comparison.ts';
import { FORESEEN, foreseenBy } from './shape/extensible.ts';
import type { Shape } from './shape/shape.ts';
import { alternativesOf } from './shape/shape-of.ts';
import { split } from './shape/split.ts';

type Alternative = ReturnType<typeof alternativesOf>[number];

/** Each old alternative of a request needs a new one that allows as much; in responses it is the other way round. */
export function compareChoices(comparison: Comparison, before: Shape, after: Shape): void {
  const { position } = comparison;
  const [old, now] = [alternativesOf(before, position), alternativesOf(after, position)];
  const [needy, others] = position === 'request' ? [old, now] : [now, old];
  const pairOf = (one: Alternative, other: Alternative) =>
    position === 'request' ? ([one.shape, other.shape] as const) : ([other.shape, one.shape] as const);
  const used = new Set<Alternative>();
  for (const alternative of needy) {
    const candidates = [...others].sort((a, b) => rank(b, alternative) - rank(a, alternative));
    const results = candidates.map((other) => ({
      other,
      changes: comparison.try((each) => each.compareShapes(...pairOf(alternative, other))),
    }));
    const fitting = results.find(({ changes }) => changes.every(({ effect }) => effect !== 'breaking'));
    if (!fitting && fitInParts(comparison, alternative, others, pairOf, used)) continue;
    const counterpart = fitting ?? results.find(({ other }) => rank(other, alternative) > 0);
    if (counterpart) {
      used.add(counterpart.other);
      comparison.changes.include(counterpart.changes);
    } else reportUnmatched(comparison, alternative, before);
  }
  for (const { key, place } of others.filter((each) => !used.has(each))) {
    const message =
      position === 'request'
        ? `Requests can have the alternative ${key}.`
        : `Responses no longer have the alternative ${key}.`;
    if (position === 'request') comparison.changes.added({ place, message });
    else comparison.changes.compatible({ place, message });
  }
  compareExclusion(comparison, before, after);
}

/** Whether each part of the alternative has one that allows as much. Matches are added to `used`. */
function fitInParts(
  comparison: Comparison,
  alternative: Alternative,
  others: readonly Alternative[],
  pairOf: (one: Alternative, other: Alternative) => readonly [Shape, Shape],
  used: Set<Alternative>,
): boolean {
  const parts = split(
    alternative.shape,
    others.map(({ shape }) => shape),
  );
  if (parts.length < 2) return false;
  const found = parts.map((shape) =>
    others.find((other) =>
      comparison
        .try((each) => each.compareShapes(...pairOf({ ...alternative, shape }, other)))
        .every(({ effect }) => effect !== 'breaking'),
    ),
  );
  if (found.includes(undefined)) return false;
  for (const other of found) if (other) used.add(other);
  return true;
}

function rank(one: Alternative, other: Alternative): number {
  return Number(one.key === other.key);
}

function reportUnmatched(comparison: Comparison, { key, place, shape }: Alternative, before: Shape): void {
  const { position, changes } = comparison;
  const name = comparison.nameOf(before);
  if (position === 'request')
    changes.values('request', 'tightened', place, `${name} can no longer be the alternative ${key}`);
  else if (before.isExtensible && comparison.isWithin(shape, foreseenBy(before, position)))
    changes.added({ place, message: `${name} can be the alternative ${key}, as clients were asked to expect.` });
  else {
    const remedy = before.isExtensible ? FORESEEN : undefined;
    changes.values('response', 'loosened', place, `${name} can be the new alternative ${key}`, remedy);
  }
}
