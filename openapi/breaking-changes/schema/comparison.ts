// The interface of the comparison that the comparisons of keywords, properties and alternatives use.
import type { Change, ChangeList, Direction, Position } from './change.ts';
import type { Place } from './place.ts';
import type { Shape } from './shape/shape.ts';

/** The schema that lists the live versions. `compareVersions` compares it. */
export const VERSIONS = '/components/schemas/ApiVersion';

/**
 * What to compare. `client`: the effect on a client, which ignores unknown properties. `condition`: the same within
 * `if`, `then` and `else`, where an unnamed property may have any value. `values`: the allowed values, whatever clients
 * were asked to expect.
 */
export type Mode = 'client' | 'condition' | 'values';

export interface Comparison {
  readonly position: Position;
  readonly changes: ChangeList;
  readonly mode: Mode;
  /** Compares lists of schemas. All schemas of a list apply; an empty list restricts nothing. */
  compare(before: readonly Place[], after: readonly Place[]): void;
  compareShapes(before: Shape, after: Shape): void;
  /** The changes that a comparison finds, without reporting them. */
  try(compare: (comparison: Comparison) => void): readonly Change[];
  /** Whether the second shape allows each value that the first one allows. Also false when that cannot be decided. */
  isWithin(inner: Shape, outer: Shape): boolean;
  /**
   * Reports a change at the newer place of a keyword. `keywords` are equivalent ways to say it, and `fallback` is
   * another keyword that may imply it.
   */
  report(
    direction: Direction,
    pair: readonly [Shape, Shape],
    keywords: string[],
    what: string,
    fallback?: string,
  ): void;
  placeOf(pair: readonly [Shape, Shape], keywords: string[], fallback?: string): Place | undefined;
  /** Names the value that the shapes describe. */
  nameOf(...shapes: Shape[]): string;
}
