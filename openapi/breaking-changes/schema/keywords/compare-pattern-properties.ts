// Compares the properties whose names match a pattern: `patternProperties`.
import type { Direction } from '../change.ts';
import type { Comparison } from '../comparison.ts';
import type { Place } from '../place.ts';
import { isSameAs } from '../sameness.ts';
import type { Shape } from '../shape/shape.ts';
import { limit } from './directions.ts';
import { type Pair, reportKeyword } from './report-keyword.ts';

export function comparePatternProperties(comparison: Comparison, pair: Pair, keyword: string): void {
  const [old, now] = pair.map(schemasOf);
  const [before, after] = pair;
  if (!old || !now) {
    if (!areSame(before, after)) reportKeyword(comparison, 'changed', pair, [keyword], undefined, 'in several parts');
    return;
  }
  for (const [name, schemas] of after.properties) {
    if (before.properties.has(name)) continue;
    const matching = [...old].filter(([pattern]) => new RegExp(pattern, 'u').test(name));
    if (matching.length > 0)
      comparison.compare(
        matching.map(([, schema]) => schema),
        schemas,
      );
  }
  for (const [pattern, schema] of old) {
    const other = now.get(pattern);
    if (other) comparison.compare([schema], [other]);
  }
  const added = [...now.keys()].filter((pattern) => !old.has(pattern));
  const removed = [...old.keys()].filter((pattern) => !now.has(pattern));
  if (added.length + removed.length === 0) return;
  const show = (patterns: Iterable<string>) => [...patterns].join(' ');
  reportKeyword(
    comparison,
    directionOf(before, after, { added, removed }),
    pair,
    [keyword],
    show(old.keys()),
    show(now.keys()),
  );
}

/** The patterns; undefined when several parts of `allOf` have some, because each part knows its own names only. */
function schemasOf({ others }: Shape): Map<string, Place> | undefined {
  const [place, ...more] = others.get('patternProperties') ?? [];
  if (more.length > 0) return undefined;
  return new Map(
    Object.keys(Object(place?.value)).flatMap((pattern): [string, Place][] => {
      const schema = place?.child(pattern);
      return schema ? [[pattern, schema]] : [];
    }),
  );
}

function areSame(...shapes: Shape[]): boolean {
  const [old = [], now = []] = shapes.map(({ others }) => others.get('patternProperties'));
  return old.length === now.length && old.every((place, index) => isSameAs(place, now[index]));
}

/** A pattern restricts an open object, and allows more names in a closed one. */
function directionOf(
  before: Shape,
  after: Shape,
  { added, removed }: { added: readonly string[]; removed: readonly string[] },
): Direction {
  const shapes = [before, after];
  const [hasAdded, hasRemoved] = [added.length > 0, removed.length > 0];
  if (shapes.every(isOpen)) return limit('changed', hasAdded, hasRemoved) ?? 'changed';
  // The pattern also restricts names that another keyword declares.
  const isAlone = (pattern: string) =>
    !shapes.some(({ properties }) => [...properties.keys()].some((name) => new RegExp(pattern, 'u').test(name)));
  const areAlone = [...added, ...removed].every(isAlone) && shapes.every((shape) => (schemasOf(shape)?.size ?? 0) <= 1);
  if (!shapes.every(isClosed) || !areAlone || (hasAdded && hasRemoved)) return 'changed';
  return hasAdded ? 'loosened' : 'tightened';
}

function isOpen({ closures, others, additional }: Shape): boolean {
  const isUnlimited = additional !== false && additional.length === 0 && closures.length === 0;
  return isUnlimited && !others.has('unevaluatedProperties') && !others.has('additionalProperties');
}

/** Whether the object is closed by a keyword beside the patterns, which takes their names into account. */
function isClosed({ closures, others, places }: Shape): boolean {
  const [closure, ...more] = closures;
  const own = places.get('additionalProperties')?.pointer.replace(/\/[^/]*$/, '');
  const patterns = others.get('patternProperties')?.[0]?.pointer.replace(/\/[^/]*$/, '');
  const isOnly = closure?.others === false && more.length === 0 && own !== undefined;
  return isOnly && (patterns === undefined || patterns === own) && !others.has('unevaluatedProperties');
}
