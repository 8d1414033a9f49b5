// What the comparisons of keywords, properties and alternatives ask of the comparison that they are part of.
import type { Change, ChangeList, Direction, Position } from './change.ts';
import type { Place } from './place.ts';
import type { Shape } from './shape/shape.ts';

/** The schema that lists the live versions. `compareVersions` compares it. */
export const VERSIONS = '/components/schemas/ApiVersion';

/**
 * What is asked. `client`: what a client feels, which ignores properties that it does not know. `condition`: the same
 * within `if`, `then` and `else`, where a property that is not named may be anything. `values`: which values are
 * allowed, whatever clients were asked to expect.
 */
export type Mode = 'client' | 'condition' | 'values';

export interface Comparison {
  readonly position: Position;
  readonly changes: ChangeList;
  readonly mode: Mode;
  /** Schemas in a list all apply; an empty list restricts nothing. */
  compare(before: readonly Place[], after: readonly Place[]): void;
  compareShapes(before: Shape, after: Shape): void;
  /** The changes that a comparison finds, without reporting them. */
  try(compare: (comparison: Comparison) => void): readonly Change[];
  /** Whether each value that the first shape allows is allowed by the second. False as well when it cannot be told. */
  isWithin(inner: Shape, outer: Shape): boolean;
  /**
   * Reports a change at the newer place of a keyword. `keywords` say the same in several ways, and `fallback` may say
   * it too.
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
