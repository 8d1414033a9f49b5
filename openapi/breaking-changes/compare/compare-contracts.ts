// Compares two contracts from the view of a client of the older one. openapi/README.md has the rules.
import { type Change, ChangeList } from '../schema/change.ts';
import { Place } from '../schema/place.ts';
import { compareLimits, compareOrder, lowerKeywords } from './compare-limits.ts';
import { compareOperations } from './compare-operations.ts';
import { compareStatuses } from './compare-responses.ts';
import { compareServers } from './compare-servers.ts';
import { compareVersions } from './compare-versions.ts';

interface ComparisonOptions {
  /** Versions whose sunset is in the past, which may be removed. Default: none. */
  retired?: readonly string[];
}

/** The former name of `x-fallback-responses`, which earlier releases use. */
const FORMER_NAME = 'x-outside-operations';

/**
 * All changes between two bundled contracts, except those of descriptions and examples.
 *
 * @example compareContracts(released, contract).filter(({ effect }) => effect === 'breaking')
 */
export function compareContracts(before: object, after: object, options: ComparisonOptions = {}): Change[] {
  const changes = new ChangeList();
  const shared = new ChangeList({ isShared: true });
  const pair = { before: new Place(before), after: new Place(after) };
  compareServers(shared, pair);
  compareVersions(shared, pair, options.retired);
  compareLimits(shared, pair);
  compareOrder(shared, pair);
  compareOperations(changes, shared, pair);
  const [old, now] = [pair.before, pair.after].map(
    (place) => place.at('x-fallback-responses') ?? place.at(FORMER_NAME) ?? place.with({}),
  );
  if (old && now) compareStatuses(shared, old, now, 'response');
  // A change in both, such as in a schema of all errors, holds for every version.
  const all = new ChangeList();
  all.include([...shared.changes, ...shareLimits(changes.changes, lowerKeywords(pair))]);
  return all.changes;
}

/** A lower limit holds for every version, wherever its number is declared. */
function shareLimits(changes: readonly Change[], lowered: ReadonlyMap<string, Change>): Change[] {
  const isOfLimit = ({ pointer, effect }: Change) => lowered.has(pointer) && effect === 'breaking';
  const reported = new Set(changes.filter(isOfLimit).map(({ pointer }) => pointer));
  return [
    ...changes
      // A response may have fewer items, but not where their number is a limit.
      .filter(({ pointer, effect }) => effect === 'breaking' || !lowered.has(pointer))
      .map((change) => (isOfLimit(change) ? { ...change, isShared: true } : change)),
    ...[...lowered].flatMap(([pointer, change]) => (reported.has(pointer) ? [] : [change])),
  ];
}
