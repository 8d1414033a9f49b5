// Reports that the value of a keyword has changed.
import type { Direction } from '../change.ts';
import type { Comparison } from '../comparison.ts';
import type { Shape } from '../shape/shape.ts';

/** A schema before and after a change. */
export type Pair = readonly [before: Shape, after: Shape];

export function reportKeyword(
  comparison: Comparison,
  direction: Direction,
  pair: Pair,
  keywords: string[],
  before: unknown,
  after: unknown,
  fallback = '',
): void {
  const keyword = comparison.placeOf(pair, keywords, fallback)?.pointer.split('/').at(-1);
  const name = keywords.find((each) => each === keyword) ?? keywords[0];
  const what = `\`${name}\` of ${comparison.nameOf(...pair)} ${describe(before, after)}`;
  comparison.report(direction, pair, keywords, what, fallback);
}

function describe(before: unknown, after: unknown): string {
  const isNone = (value: unknown) =>
    value === '' || value === undefined || Math.abs(Number(value)) === Number.POSITIVE_INFINITY;
  if (isNone(before)) return `is \`${after}\` and was not limited`;
  return isNone(after) ? `is no longer limited, and was \`${before}\`` : `changed from \`${before}\` to \`${after}\``;
}
