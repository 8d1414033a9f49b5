// The direction in which allowed values have changed.
import type { Direction } from '../change.ts';

/** Limits a direction to what is possible. */
export function limit(direction: Direction, canLose: boolean, canGain: boolean): Direction | undefined {
  const loses = canLose && direction !== 'loosened';
  const gains = canGain && direction !== 'tightened';
  if (!loses && !gains) return undefined;
  if (loses && gains) return 'changed';
  return loses ? 'tightened' : 'loosened';
}

/** Each entry of a list restricts. `implies` says whether all that one entry allows is allowed by the other. */
export function directionOfLists(
  before: readonly string[],
  after: readonly string[],
  implies = (narrow: string, wide: string) => narrow === wide,
): Direction | undefined {
  const isImplied = (list: readonly string[], entry: string) => list.some((each) => implies(each, entry));
  return limit(
    'changed',
    after.some((each) => !isImplied(before, each)),
    before.some((each) => !isImplied(after, each)),
  );
}
