// Compares lists whose first items have schemas of their own: `prefixItems`.
import type { Comparison } from '../comparison.ts';
import type { Place } from '../place.ts';
import type { Shape } from '../shape/shape.ts';
import { type Pair, reportKeyword } from './report-keyword.ts';

/** The items after them are compared with `items`. */
export function comparePrefixItems(comparison: Comparison, pair: Pair, keyword: string): void {
  const [old, now] = pair.map(prefixLength);
  const [before, after] = pair;
  // `unevaluatedItems` depends on which items have been evaluated.
  if (old !== now && pair.some(({ others }) => others.has('unevaluatedItems')))
    reportKeyword(comparison, 'changed', pair, [keyword], old, now);
  for (let index = 0; index < Math.max(old ?? 0, now ?? 0); index++)
    comparison.compare(schemasAt(before, index), schemasAt(after, index));
}

function prefixesOf({ others }: Shape): Place[] {
  return others.get('prefixItems') ?? [];
}

function prefixLength(shape: Shape): number {
  return Math.max(0, ...prefixesOf(shape).map(({ value }) => [value].flat().length));
}

/** All schemas that apply to an item: each part of `allOf` has its own first items, and a schema for others. */
function schemasAt(shape: Shape, index: number): Place[] {
  const prefixes = new Map(prefixesOf(shape).map((place) => [parentOf(place), place]));
  const first = [...prefixes.values()].flatMap((place) => place.child(String(index)) ?? []);
  const others = shape.items.filter((place) => prefixes.get(parentOf(place))?.child(String(index)) === undefined);
  return [...first, ...others];
}

function parentOf({ pointer }: Place): string {
  return pointer.replace(/\/[^/]*$/, '');
}
