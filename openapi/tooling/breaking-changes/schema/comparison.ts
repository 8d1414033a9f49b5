// What the comparisons of keywords, properties and alternatives ask of the comparison that they are part of.
import type { Change, ChangeList, Direction, Position } from './change.ts';
import type { Place } from './place.ts';
import type { Shape } from './shape/shape.ts';

/** The schema that lists the live versions. `compareVersions` compares it. */
export const VERSIONS = '/components/schemas/ApiVersion';

export interface Comparison {
  readonly position: Position;
  readonly changes: ChangeList;
  /** Within `if`, `then` and `else`, a property that is not named may be anything. */
  readonly isConditional: boolean;
  /** Schemas in a list all apply; an empty list restricts nothing. */
  compare(before: readonly Place[], after: readonly Place[]): void;
  compareShapes(before: Shape, after: Shape): void;
  /** The changes that a comparison finds, without reporting them. */
  try(compare: (comparison: Comparison) => void): readonly Change[];
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
