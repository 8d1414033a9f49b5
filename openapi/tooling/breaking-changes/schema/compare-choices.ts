// Compares alternatives: `oneOf`, `anyOf` and several types.
import type { Comparison } from './comparison.ts';
import { intersection } from './sets.ts';
import { alternativesOf, type Shape, type Type } from './shape/shape.ts';
import { isPossible, split } from './shape/split.ts';
import { acceptsValue, finiteValues } from './shape/values.ts';

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

/** Whether each part of the alternative has one that allows as much. Those are added to `used`. */
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

function reportUnmatched(comparison: Comparison, { key, place }: Alternative, before: Shape): void {
  const name = comparison.nameOf(before);
  if (comparison.position === 'request')
    comparison.changes.values('request', 'tightened', place, `${name} can no longer be the alternative ${key}`);
  else if (before.isExtensible)
    comparison.changes.added({
      place,
      message: `${name} can be the alternative ${key}, as clients were asked to expect.`,
    });
  else comparison.changes.values('response', 'loosened', place, `${name} can be the new alternative ${key}`);
}

/** `oneOf` rejects what several alternatives allow; `anyOf` does not. */
function compareExclusion(comparison: Comparison, before: Shape, after: Shape): void {
  const excludes = (shape: Shape) => {
    const isExclusive = shape.choices.some(({ keyword }) => keyword === 'oneOf');
    const alternatives = alternativesOf(shape, comparison.position);
    return (
      isExclusive &&
      alternatives.some((one, index) => alternatives.slice(index + 1).some((other) => overlap(one, other)))
    );
  };
  const [did, does] = [excludes(before), excludes(after)];
  if (did === does) return;
  const what = does
    ? 'Values that fit several alternatives of `oneOf` are not allowed'
    : 'Values that fit several alternatives are allowed';
  comparison.report(does ? 'tightened' : 'loosened', [before, after], ['oneOf', 'anyOf'], what);
}

/** Whether a value may fit both, as far as types, bounds and the values of common required properties show. */
function overlap({ shape: one }: Alternative, { shape: other }: Alternative): boolean {
  const [left, right] = [finiteValues(one), finiteValues(other)];
  if (left && right) {
    const texts = new Set(left.map((value) => JSON.stringify(value)));
    return right.some((value) => texts.has(JSON.stringify(value)));
  }
  const [values, unlisted] = left ? [left, other] : [right, one];
  if (values) return values.some((value) => acceptsValue(unlisted, value));
  return [...intersection(one.types, other.types)].some((type) => overlapIn(type, one, other));
}

function overlapIn(type: Type, one: Shape, other: Shape): boolean {
  const meet = (least: 'minLength' | 'minItems', most: 'maxLength' | 'maxItems') =>
    Math.max(one[least], other[least]) <= Math.min(one[most], other[most]);
  switch (type) {
    case 'number':
      return [
        { minimum: one.minimum, maximum: other.maximum },
        { minimum: other.minimum, maximum: one.maximum },
      ].every(isPossible);
    case 'string':
      return meet('minLength', 'maxLength');
    case 'array':
      return meet('minItems', 'maxItems');
    case 'object':
      return ![...intersection(one.required, other.required)].some((name) => isSeparate(one, other, name));
    default:
      return true;
  }
}

function isSeparate(one: Shape, other: Shape, name: string): boolean {
  const listed = [one, other].map(({ properties }) =>
    (properties.get(name) ?? []).flatMap((place) => {
      const target = place.follow() ?? place;
      return [target.get('enum') ?? target.get('const') ?? []].flat();
    }),
  );
  const [left = [], right = []] = listed;
  return left.length > 0 && right.length > 0 && !left.some((value) => right.includes(value));
}
